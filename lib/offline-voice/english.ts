import { englishNumbers } from "./english-numbers";
import { englishPronunciation } from "./english-pronunciation";
import { englishSpelling } from "./english-spelling";
import { englishTimes } from "./english-times";
import type {
  CommandWords,
  Idiom,
  Language,
  OtherNames,
  State,
  UnitWords,
  VerbFamily,
} from "./language";
import { anyOf, choice, optional, sequence, words } from "./phrase";

/** The English of commands: verbs, states, and the small words between them. */

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

function stateNamed(nameWords: readonly string[]): State | undefined {
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

function booleanStates(hints: readonly string[]): { whenTrue: State; whenFalse: State } {
  for (const hint of hints) {
    const found = BOOLEANS.find((each) => each.words.test(hint));
    if (found !== undefined) return found;
  }
  return { whenTrue: YES, whenFalse: NO };
}

/** `inNames`: the words with which names of such tools begin. */
function family(
  action: string,
  inNames: string,
  verbs: string,
): VerbFamily & { readonly inNames: readonly string[] } {
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
  family("create", "create add make", "create, add, make, put"),
  family(
    "order",
    "order buy",
    "order, i would like, i want, can i have, can i get, could i have, could i get, may i have, give me, get me, bring me",
  ),
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

function isVerb(word: string): boolean {
  return NAME_VERBS.has(word) || FAMILIES.some(({ inNames }) => inNames.includes(word));
}

function verbsLike(verb: string): VerbFamily {
  const found = FAMILIES.find(({ inNames }) => inNames.includes(verb));
  if (found === undefined) return { action: verb, verbs: [verb] };
  return { action: found.action, verbs: [...new Set([verb, ...found.verbs])] };
}

/** Of tools that set something which can be high and low. */
const HIGH_AND_LOW = /bright|dim|volume|temperature|level|position|humid/i;

/** Things of which a sentence may name one or several. */
const COUNTABLE =
  /^(?:lights?|lamps?|bulbs?|fans?|blinds?|shades?|curtains?|shutters?|doors?|gates?|windows?|plugs?|sockets?|outlets?|speakers?|heaters?|radiators?|switch(?:es)?|locks?|cameras?|sensors?|valves?|sprinklers?|alarms?|strips?|spots?|screens?|televisions?)$/;

/** Words of descriptions that are never part of a thing's name. */
const NOT_NAMES: ReadonlySet<string> = new Set(
  (
    "a an the this that these those in on off at of to for from with by and or as is are was be it its any all one each " +
    "some your my our their which when if then than not no can could will would should may must do does given current " +
    "specific specified certain particular house home room rooms state status value name named using use used via per " +
    "turns turn switches switch sets set opens open closes close gets get locks lock starts start stops stop controls control"
  ).split(" "),
);

function canBePartOfName(word: string): boolean {
  return /^\p{L}{3,}$/u.test(word) && !NOT_NAMES.has(word);
}

function alike(...names: readonly string[]): OtherNames {
  return { keys: names.filter((name) => !name.includes(" ")), names };
}

const OTHER_NAMES: readonly OtherNames[] = [
  alike("light", "lamp"),
  alike("television", "tv", "telly"),
  { keys: ["cover"], names: ["blind", "shade", "shutter", "curtain"] },
  alike("blind", "shade", "shutter"),
  alike("thermostat", "heating", "temperature"),
  { keys: ["media", "player", "playback"], names: ["music", "some music", "song", "track"] },
  { keys: ["vacuum", "hoover"], names: ["vacuum", "vacuum cleaner", "hoover"] },
  { keys: ["volume"], names: ["sound"] },
  alike("shopping", "grocery"),
];

const IDIOMS: readonly Idiom[] = [
  { keys: ["time", "clock"], actions: ["get"], atTime: false, sayings: ["what time is it"] },
  {
    keys: ["weather"],
    actions: ["get"],
    atTime: false,
    sayings: [
      "what is the weather like",
      "what is the weather like today",
      "how is the weather today",
    ],
  },
  {
    keys: ["temperature"],
    actions: ["get"],
    atTime: false,
    sayings: ["how warm is it", "how cold is it", "how hot is it"],
  },
  { keys: ["humidity"], actions: ["get"], atTime: false, sayings: ["how humid is it"] },
  {
    keys: ["alarm"],
    actions: ["set", "create", "start"],
    atTime: true,
    sayings: ["wake me up", "wake me"],
  },
];

const determiner = choice(words("the"), { kind: "every", of: anyOf("all", "all the", "every") });
const preposition = anyOf("in", "of", "at", "on", "to", "for", "with");

// Each place where fillers stand costs the recogniser as much as a tool's own words: they are few.
const commands: CommandWords = {
  stateNamed,
  booleanStates,
  isVerb,
  verbsLike,
  settingVerbs: verbsLike("set"),
  activatingVerbs: {
    action: "on",
    verbs: ["activate", "start", "run", "turn on", "switch on"],
  },
  levelVerbs: (about) => [
    ...(/bright|dim/i.test(about) ? ["dim", "brighten"] : []),
    ...(HIGH_AND_LOW.test(about) ? ["raise", "lower", "turn up", "turn down"] : []),
  ],
  timerVerbs: ["set", "start", "create"],
  endingVerbs: ["stop", "cancel", "end"],
  ended: /timer|alarm|countdown/,
  otherNames: OTHER_NAMES,
  idioms: IDIOMS,
  manner: /\b(?:colou?r|effect|speed|mode|preset|hue|tone|strength)\b/,
  opening: {
    open: OPEN,
    close: CLOSE,
    raise: UP,
    lower: DOWN,
    hanging: /blind|shade|shutter|cover/,
    openWords: "open(?:ed)?",
    closedWords: "closed?|shut",
    links: "is|means|for|being|percent|fully|completely|totally",
  },
  isCountable: (word) => COUNTABLE.test(word),
  articles: ["some", "the"],
  nameLinks: [],
  canBePartOfName,
  firstFiller: optional(choice(determiner, words("in", "the"))),
  filler: optional(sequence(preposition, optional(words("the")))),
  placeFiller: sequence(anyOf("in", "for"), optional(words("the"))),
  numberFiller: anyOf("to", "at", "is", "up to", "down to"),
  changeFiller: words("by"),
  timeFiller: anyOf("for", "of"),
  labelFiller: optional(words("to")),
  article: optional(words("the")),
  belonging: anyOf("of", "in", "for"),
  stateFiller: optional(words("to")),
  textFiller: optional(
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
      "by",
      "the",
      "a",
      "of",
    ),
  ),
  typedStart: sequence(
    optional(anyOf("hey", "ok", "okay")),
    optional(anyOf("i want to", "i would like to")),
  ),
  politeStart: sequence(
    optional(words("please")),
    optional(
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
  ),
  politeEnd: optional(anyOf("please", "now", "for me", "please now")),
  typedEnd: sequence(
    optional(words("please")),
    optional(anyOf("now", "right now", "for me")),
    optional(anyOf("please", "thanks", "thank you", "thank you very much")),
  ),
  joiner: anyOf(
    "and",
    "and then",
    "then",
    "and also",
    "and please",
    "please and",
    "and could you",
    "and can you",
  ),
  everything: anyOf("all", "all of them", "every one", "everywhere"),
  dismissal: anyOf(
    "never mind",
    "nevermind",
    "forget it",
    "cancel",
    "cancel that",
    "nothing",
    "no",
  ),
  examples: {
    articles: new Set(["the", "a"]),
    firstFiller: ["the"],
    filler: [],
    nameComesFirst: false,
    sentence: (list) => list.join(" ").replaceAll(/\ba (?=[aeio])/g, "an "),
  },
};

const units: UnitWords = {
  known: [
    { words: /%|percent|brightness|volume|level/, units: ["percent"] },
    { words: /degree|temperature|celsius|fahrenheit/, units: ["degrees", "degree"] },
    { words: /^(?!.*fahrenheit).*(?:degree|temperature|celsius)/, units: ["degrees celsius"] },
    { words: /^(?!.*celsius).*(?:degree|temperature|fahrenheit)/, units: ["degrees fahrenheit"] },
    { words: /minute/, units: ["minutes", "minute"] },
    { words: /\bsecond/, units: ["seconds", "second"] },
    { words: /\bhours?\b/, units: ["hours", "hour"] },
  ],
  usual: ["percent", "degrees"],
  level: /%|percent|brightness|volume|level/,
  change: /\b(?:by|changes?|delta|steps?|difference|offset|amount|more|less|relative|increments?|(?:in|de)crease[sd]?)\b/,
  shares: [
    { share: 0, texts: ["minimum"] },
    { share: 0.5, texts: ["half", "halfway"] },
    { share: 1, texts: ["full", "maximum"] },
  ],
  ofTime: [
    { words: /\bseconds?\b/, minutes: 1 / 60 },
    { words: /minutes?\b/, minutes: 1 },
    { words: /\bhours?\b/, minutes: 60 },
  ],
}; // prettier-ignore

export const english: Language = {
  code: "en",
  spelling: englishSpelling,
  commands,
  numbers: englishNumbers,
  times: englishTimes,
  units,
  pronunciation: englishPronunciation,
};
