import { anyOf, choice, optional, sequence, words } from "./phrase";

/** The English of commands: verbs, states, and the small words between them. */

/** A verb, with its particle when it has one: "turn … on", "open". */
export interface Verb {
  readonly lead: string;
  readonly particle: string | null;
}

/** Something that a thing can be or be made: `words` after "to" or at the end, `verbs` at the start. */
export interface State {
  readonly key: string;
  readonly verbs: readonly Verb[];
  readonly words: readonly string[];
}

function state(key: string, verbs: string, stateWords: string): State {
  return {
    key,
    verbs: verbs.split(", ").map((verb) => {
      const [lead = verb, particle = null] = verb.split(" ");
      return { lead, particle };
    }),
    words: stateWords.split(", "),
  };
}

const ON = state("on", "turn on, switch on, put on, enable, activate", "on");
const OFF = state("off", "turn off, switch off, shut off, disable, deactivate", "off");
const OPEN = state("open", "open", "open, opened");
const CLOSE = state("close", "close, shut", "closed, close, shut");
const LOCK = state("lock", "lock", "locked, lock");
const UNLOCK = state("unlock", "unlock", "unlocked, unlock");
const START = state("start", "start, begin, run", "started, start, running");
const STOP = state("stop", "stop, end", "stopped, stop");
const PAUSE = state("pause", "pause", "paused, pause");
const RESUME = state("resume", "resume, continue", "resume");
const PLAY = state("play", "play", "playing, play");
const MUTE = state("mute", "mute", "muted, mute");
const UNMUTE = state("unmute", "unmute", "unmuted, unmute");
const UP = state("up", "raise, turn up, lift", "up");
const DOWN = state("down", "lower, turn down", "down");
const TOGGLE = state("toggle", "toggle", "toggle");
const YES: State = { key: "yes", verbs: [], words: ["yes", "true"] };
const NO: State = { key: "no", verbs: [], words: ["no", "false"] };

/** Words of names and enum values that name a state; "turn_on" is the same as "on". */
const STATES: ReadonlyMap<string, State> = new Map(
  [ON, OFF, OPEN, CLOSE, LOCK, UNLOCK, START, STOP, PAUSE, RESUME, PLAY, MUTE, UNMUTE, UP, DOWN, TOGGLE]
    .flatMap((each) => [
      ...each.words.map((word): [string, State] => [word, each]),
      ...each.verbs.map(({ lead, particle }): [string, State] => [
        particle === null ? lead : `${lead} ${particle}`,
        each,
      ]),
    ]),
); // prettier-ignore

/** The state that these words name, if they name one and nothing else. */
export function stateNamed(nameWords: readonly string[]): State | undefined {
  return STATES.get(nameWords.join(" "));
}

interface BooleanStates {
  /** A parameter with such a word in its name or description is of this kind. */
  readonly words: RegExp;
  readonly whenTrue: State;
  readonly whenFalse: State;
}

// "on" alone is a preposition, so only names are searched for it; a description must have both.
const BOOLEANS: readonly BooleanStates[] = [
  { words: /\b(?:closed?|shut)\b(?!.*\bopen)/, whenTrue: CLOSE, whenFalse: OPEN },
  { words: /\b(?:opens?|opened)\b/, whenTrue: OPEN, whenFalse: CLOSE },
  { words: /\bunlock(?:s|ed)?\b(?!.*\block)/, whenTrue: UNLOCK, whenFalse: LOCK },
  { words: /\block(?:s|ed)?\b/, whenTrue: LOCK, whenFalse: UNLOCK },
  { words: /\bmute[sd]?\b/, whenTrue: MUTE, whenFalse: UNMUTE },
  { words: /\b(?:starts?|started|run|runs|running|playing)\b/, whenTrue: START, whenFalse: STOP },
  {
    words: /^(?:is )?(?:on|state|value)$|\bon\b.*\boff\b|\boff\b.*\bon\b|\b(?:powers?|powered|enabled?|active|switch|switched|turns?|turned|lit)\b/,
    whenTrue: ON,
    whenFalse: OFF,
  },
]; // prettier-ignore

/**
 * What true and false of a boolean parameter are called; `hints` are texts about it, the most telling
 * first (its name, its description, the tool's). Yes and no where nothing tells.
 */
export function booleanStates(hints: readonly string[]): { whenTrue: State; whenFalse: State } {
  for (const hint of hints) {
    const found = BOOLEANS.find((each) => each.words.test(hint));
    if (found !== undefined) return found;
  }
  return { whenTrue: YES, whenFalse: NO };
}

/** Verbs that say the same; the action is what a following part without a verb takes over. */
export interface VerbFamily {
  readonly action: string;
  readonly verbs: readonly string[];
}

/** `inNames`: the words with which names of such tools begin. */
function family(
  action: string,
  inNames: string,
  verbs: string,
): VerbFamily & { inNames: string[] } {
  return { action, inNames: inNames.split(" "), verbs: verbs.split(", ") };
}

const FAMILIES = [
  family(
    "set",
    "set change adjust control update select choose",
    "set, change, adjust, make, put, turn",
  ),
  family(
    "get",
    "get check read show tell query fetch find list what",
    "get, check, read, show, show me, tell me, give me, what is, what are, how is",
  ),
  family("announce", "announce say speak", "announce, say"),
  family("create", "create add make", "create, add, make"),
  family("remove", "remove delete clear cancel", "remove, delete, clear, cancel"),
  family("call", "call ring phone", "call, ring, phone"),
];

/** Other words that begin a name as its verb; most of them can be things too. */
const NAME_VERBS: ReadonlySet<string> = new Set(
  (
    "send move dim brighten water feed heat cool book order buy search go write record take trigger run do " +
    "play turn remind notify activate deactivate enable disable vacuum clean mow ring"
  ).split(" "),
);

/** True when a name that begins with this word begins with what is to be done. */
export function isVerb(word: string): boolean {
  return NAME_VERBS.has(word) || FAMILIES.some(({ inNames }) => inNames.includes(word));
}

/** The verbs that say the same as this one of a name, itself first. */
export function verbsLike(verb: string): VerbFamily {
  const found = FAMILIES.find(({ inNames }) => inNames.includes(verb));
  if (found === undefined) return { action: verb, verbs: [verb] };
  return { action: found.action, verbs: [...new Set([verb, ...found.verbs])] };
}

/** The verbs for a value of anything: "set … to fifty percent". */
export const settingVerbs: VerbFamily = verbsLike("set");

/** The verbs for a name without any: "movie mode" is activated. */
export const activatingVerbs: VerbFamily = {
  action: "on",
  verbs: ["activate", "start", "run", "turn on", "switch on"],
};

/** Things of which a sentence may name one or several. */
const COUNTABLE =
  /^(?:lights?|lamps?|bulbs?|fans?|blinds?|shades?|curtains?|shutters?|doors?|gates?|windows?|plugs?|sockets?|outlets?|speakers?|heaters?|radiators?|switch(?:es)?|locks?|cameras?|sensors?|valves?|sprinklers?|alarms?|strips?|spots?|screens?|televisions?)$/;

export function isCountable(word: string): boolean {
  return COUNTABLE.test(word);
}

/** Words of descriptions that are never part of a thing's name. */
const NOT_NAMES: ReadonlySet<string> = new Set(
  (
    "a an the this that these those in on off at of to for from with by and or as is are was be it its any all one each " +
    "some your my our their which when if then than not no can could will would should may must do does given current " +
    "specific specified certain particular house home room rooms state status value name named using use used via per " +
    "turns turn switches switch sets set opens open closes close gets get locks lock starts start stops stop controls control"
  ).split(" "),
);

export function canBePartOfName(word: string): boolean {
  return /^\p{L}{3,}$/u.test(word) && !NOT_NAMES.has(word);
}

// "The" stands for every article: who speaks says so little of it that the ear cannot tell them apart.
const determiner = anyOf("the", "all", "all the");
const ARTICLES: ReadonlySet<string> = new Set(["a", "my", "our", "this", "that", "some"]);

/** True for a word that may stand where phrases have "the". */
export function isArticle(word: string): boolean {
  return ARTICLES.has(word);
}

const preposition = anyOf("in", "of", "at", "on", "to", "for");

// Each place where these stand costs the recogniser as much as a tool's own words: they are few.
/** Before the first thing, place or value of a command. */
export const firstFiller = optional(choice(determiner, words("in", "the")));

/** Before a further one. */
export const filler = optional(sequence(preposition, optional(words("the"))));

/** Before a place that is named after a number: "… to twenty degrees in the office". */
export const placeFiller = sequence(anyOf("in", "for"), optional(words("the")));

/** Before a number. */
export const numberFiller = anyOf("to", "at", "by", "is");

/** Between a parameter's name and what it belongs to: "the brightness of the kitchen light". */
export const belonging = anyOf("of", "in", "for");

/** Before a state that ends a command: "set the door to open". */
export const stateFiller = optional(words("to"));

/** Before free text. */
export const textFiller = optional(
  anyOf(
    "in",
    "for",
    "to",
    "at",
    "about",
    "that",
    "saying",
    "that says",
    "with",
    "called",
    "the",
    "a",
    "of",
  ),
);

export const politeStart = optional(
  choice(
    words("please"),
    sequence(
      anyOf(
        "could you",
        "can you",
        "would you",
        "will you",
        "i want you to",
        "i would like you to",
      ),
      optional(words("please")),
    ),
  ),
);

export const politeEnd = optional(anyOf("please", "now", "for me", "please now"));

/** Between two commands. */
export const joiner = anyOf("and", "and then", "then", "and also", "and please");
