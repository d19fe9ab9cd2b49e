import { frenchNumbers } from "./french-numbers";
import { frenchPronunciation } from "./french-pronunciation";
import { frenchSpelling } from "./french-spelling";
import { frenchTimes } from "./french-times";
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

/**
 * The French of commands: verbs, states, and the small words between them. Imperatives, and infinitives
 * for "peux-tu …". Names of tools may be English too: those are read, but never said.
 */

const { bare } = frenchSpelling;

interface NamedState extends State {
  /** Words of names that mean it, besides what is said. */
  readonly names: readonly string[];
}

function state(key: string, verbs: string, stateWords: string, names: string): NamedState {
  return {
    key,
    verbs: verbs.split(", ").map((verb) => {
      const [lead = verb, ...particle] = verb.split(" ");
      return { lead, particle: particle.length === 0 ? null : particle.join(" ") };
    }),
    words: stateWords.split(", "),
    names: names.split(", "),
  };
}

const ON = state(
  "on",
  "allume, allumer, active, activer, mets en marche, mettre en marche",
  "allumé, allume, en marche",
  "on, turn on, switch on, enable, activate, marche, actif",
);
const OFF = state(
  "off",
  "éteins, éteindre, éteignez, coupe, couper, désactive, désactiver, arrête, arrêter",
  "éteint, éteinte, éteins, arrêté",
  "off, turn off, switch off, disable, deactivate, inactif",
);
const OPEN = state("open", "ouvre, ouvrir, ouvrez", "ouvert, ouverte, ouvre", "open, opened");
const CLOSE = state("close", "ferme, fermer", "fermé, ferme", "close, closed, shut");
const LOCK = state("lock", "verrouille, verrouiller", "verrouillé, verrouille", "lock, locked");
const UNLOCK = state(
  "unlock",
  "déverrouille, déverrouiller",
  "déverrouillé, déverrouille",
  "unlock, unlocked",
);
const START = state(
  "start",
  "démarre, démarrer, lance, lancer",
  "démarré, démarre, lancé",
  "start, started, run, running, begin, démarrage",
);
const STOP = state(
  "stop",
  "arrête, arrêter, stoppe, stopper",
  "arrêté, arrête, stop",
  "stop, stopped, end, arrêt",
);
const PAUSE = state("pause", "mets en pause, mettre en pause", "en pause, pause", "pause, paused");
const RESUME = state("resume", "reprends, reprendre, continue, continuer", "reprise", "resume");
const PLAY = state("play", "joue, jouer", "lecture, joue", "play, playing");
const MUTE = state("mute", "coupe le son, couper le son", "muet, en sourdine", "mute, muted");
const UNMUTE = state("unmute", "remets le son, remettre le son", "avec le son", "unmute, unmuted");
const UP = state("up", "monte, monter, lève, lever", "monté, monte, en haut", "up, haut");
const DOWN = state("down", "baisse, baisser, descends, descendre", "baissé, en bas", "down, bas");
const TOGGLE = state("toggle", "bascule, basculer", "bascule", "toggle");
const YES: State = { key: "yes", verbs: [], words: ["oui", "vrai"] };
const NO: State = { key: "no", verbs: [], words: ["non", "faux"] };

/** Words of names and enum values that name a state, bare; the first of several has it. */
const STATES = new Map<string, State>();
for (const each of [
  ON, OFF, OPEN, CLOSE, LOCK, UNLOCK, START, STOP, PAUSE, RESUME, PLAY, MUTE, UNMUTE, UP, DOWN, TOGGLE,
]) {
  const verbs = each.verbs.map(({ lead, particle }) =>
    particle === null ? lead : `${lead} ${particle}`,
  );
  for (const name of [...each.words, ...verbs, ...each.names].map(bare))
    if (!STATES.has(name)) STATES.set(name, each);
} // prettier-ignore

interface BooleanStates {
  /** A parameter with such a word in its name or description is of this kind; bare, French or English. */
  readonly words: RegExp;
  readonly whenTrue: State;
  readonly whenFalse: State;
}

const BOOLEANS: readonly BooleanStates[] = [
  { words: /^(?!.*\b(?:ouv|open)).*\b(?:fermee?s?|closed?|shut)\b/, whenTrue: CLOSE, whenFalse: OPEN },
  { words: /\b(?:ouvr\w+|ouverte?s?|ouverture|opens?|opened)\b/, whenTrue: OPEN, whenFalse: CLOSE },
  { words: /^(?!.*\b(?:verrouill|lock)).*\b(?:deverrouill\w+|unlock(?:s|ed)?)\b/, whenTrue: UNLOCK, whenFalse: LOCK },
  { words: /\b(?:verrouill\w+|lock(?:s|ed)?)\b/, whenTrue: LOCK, whenFalse: UNLOCK },
  { words: /\b(?:muet(?:te)?|sourdine|mute[sd]?)\b/, whenTrue: MUTE, whenFalse: UNMUTE },
  { words: /\b(?:demarr\w+|lance\w*|starts?|started|runs?|running|playing)\b/, whenTrue: START, whenFalse: STOP },
  {
    words: /^(?:est |is )?(?:on|etat|valeur|state|value)$|\bon\b.*\boff\b|\boff\b.*\bon\b|\b(?:allum\w+|etein\w+|acti[fv]\w*|marche|power\w*|enabled?|switch\w*|turn\w*|lit)\b/,
    whenTrue: ON,
    whenFalse: OFF,
  },
]; // prettier-ignore

interface Family extends VerbFamily {
  /** The words with which names of such tools begin, bare. */
  readonly inNames: ReadonlySet<string>;
}

function family(action: string, inNames: string, verbs: string): Family {
  const list = verbs.split(", ");
  const single = list.filter((verb) => !verb.includes(" ")).map(bare);
  return { action, inNames: new Set([...inNames.split(" "), ...single]), verbs: list };
}

const FAMILIES = [
  family(
    "set",
    "set change adjust control update select choose commande commander choisir",
    "règle, régler, mets, mettre, change, changer, ajuste, ajuster, passe, passer",
  ),
  family(
    "get",
    "get check read show tell query fetch find list what lire quel quelle",
    "donne, donner, donne moi, dis moi, lis, montre, montre moi, affiche, quel est, quelle est",
  ),
  family("announce", "announce say speak", "annonce, annoncer, dis, dire"),
  family("create", "create add make", "ajoute, ajouter, crée, créer"),
  family("remove", "remove delete clear cancel", "supprime, supprimer, enlève, enlever, annule, annuler"),
  family("call", "call ring phone", "appelle, appeler"),
]; // prettier-ignore

/** Other words that begin a name as its verb. */
const NAME_VERBS: ReadonlySet<string> = new Set(
  (
    "envoie envoyer prends prendre commence commencer arrose arroser nourris nourrir chauffe chauffer " +
    "refroidis cherche chercher ecris ecrire note noter rappelle rappeler notifie notifier nettoie nettoyer " +
    "aspire aspirer lave laver tonds tondre sonne sonner fais faire"
  ).split(" "),
);

function verbsLike(verb: string): VerbFamily {
  const found = FAMILIES.find(({ inNames }) => inNames.has(bare(verb)));
  return found ?? { action: verb, verbs: [verb] };
}

/** Of tools that set something which can be high and low. */
const HIGH_AND_LOW =
  /lumin|intensit|bright|dim|volume|temperature|température|niveau|level|position|humid/i;

/** Things of which a sentence may name one or several, bare. */
const COUNTABLE =
  /^(?:lumieres?|lampes?|ampoules?|spots?|ventilateurs?|stores?|volets?|rideaux?|portes?|portails?|fenetres?|prises?|enceintes?|radiateurs?|chauffages?|serrures?|cameras?|capteurs?|vannes?|arroseurs?|alarmes?|ecrans?|televisions?|interrupteurs?)$/;

/** Words of descriptions that are never part of a thing's name, bare. */
const NOT_NAMES: ReadonlySet<string> = new Set(
  (
    "les des une aux avec sans pour dans par sur sous vers chez est sont etre ete son ses leur leurs qui que quoi dont " +
    "pas non oui peut peuvent doit chaque tous toutes tout toute quel quelle lequel laquelle donne donnee piece pieces " +
    "maison etat statut valeur nom allume allumer eteint eteindre ouvre ouvrir ferme fermer regle regler change " +
    "mets met mettre active activer desactive desactiver commande controle the and for with"
  ).split(" "),
);

/** Of English names too: a tool may be called "set_light". */
const OTHER_NAMES: readonly OtherNames[] = [
  { keys: ["lumiere", "lampe", "light", "lamp"], names: ["lumière", "lampe"] },
  { keys: ["television", "tele", "tv"], names: ["télévision", "télé"] },
  {
    keys: ["store", "volet", "rideau", "blind", "shade", "shutter", "curtain", "cover"],
    names: ["store", "volet", "rideau"],
  },
  {
    keys: ["thermostat", "chauffage", "temperature", "heating"],
    names: ["thermostat", "chauffage", "température"],
  },
  { keys: ["musique", "media", "music", "player"], names: ["musique", "chanson"] },
  { keys: ["aspirateur", "vacuum"], names: ["aspirateur"] },
  { keys: ["minuteur", "minuterie", "timer"], names: ["minuteur", "minuterie"] },
  { keys: ["alarme", "reveil", "alarm"], names: ["alarme", "réveil"] },
  { keys: ["volume", "son"], names: ["volume", "son"] },
  { keys: ["ventilateur", "fan"], names: ["ventilateur"] },
  { keys: ["porte", "door"], names: ["porte"] },
  { keys: ["meteo", "weather"], names: ["météo"] },
  { keys: ["heure", "time"], names: ["heure"] },
];

const IDIOMS: readonly Idiom[] = [
  {
    keys: ["heure", "time"],
    actions: ["get"],
    atTime: false,
    sayings: ["quelle heure est il", "quelle heure il est", "il est quelle heure"],
  },
  {
    keys: ["meteo", "weather"],
    actions: ["get"],
    atTime: false,
    sayings: ["quel temps fait il", "quel temps il fait"],
  },
  {
    keys: ["temperature"],
    actions: ["get"],
    atTime: false,
    sayings: ["quelle température fait il", "combien fait il", "il fait combien"],
  },
  {
    keys: ["alarme", "reveil", "alarm"],
    actions: ["set", "create", "start"],
    atTime: true,
    sayings: ["réveille moi", "réveillez moi"],
  },
];

const article = optional(anyOf("le", "la", "les", "l'"));
const withArticle = (...prepositions: readonly string[]) =>
  sequence(anyOf(...prepositions), article);

const ifYouPlease = anyOf("s' il te plaît", "s' il vous plaît");

// Each place where fillers stand costs the recogniser as much as a tool's own words: they are few.
const commands: CommandWords = {
  stateNamed: (nameWords) => STATES.get(nameWords.map(bare).join(" ")),
  booleanStates: (hints) =>
    hints
      .map((hint) => BOOLEANS.find((each) => each.words.test(hint)))
      .find((found) => found !== undefined) ?? { whenTrue: YES, whenFalse: NO },
  isVerb: (word) =>
    NAME_VERBS.has(bare(word)) || FAMILIES.some(({ inNames }) => inNames.has(bare(word))),
  verbsLike,
  settingVerbs: verbsLike("set"),
  activatingVerbs: {
    action: "on",
    verbs: ["active", "activer", "lance", "lancer", "démarre", "démarrer", "mets"],
  },
  levelVerbs: (about) => [
    ...(/lumin|intensit|bright|dim|tamis|variat/i.test(about) ? ["tamise", "tamiser"] : []),
    ...(HIGH_AND_LOW.test(about)
      ? ["monte", "monter", "baisse", "baisser", "augmente", "augmenter", "diminue", "diminuer"]
      : []),
  ],
  timerVerbs: ["lance", "lancer", "démarre", "démarrer", "mets", "mettre", "règle", "régler"],
  endingVerbs: ["arrête", "arrêter", "annule", "annuler", "stoppe", "stopper"],
  ended: /minuteur|minuterie|alarme|réveil|timer|alarm/,
  otherNames: OTHER_NAMES,
  idioms: IDIOMS,
  manner: /\b(?:couleur|effet|vitesse|mode|teinte|ambiance|colou?r|effect|speed)\b/,
  opening: {
    open: OPEN,
    close: CLOSE,
    raise: UP,
    lower: DOWN,
    hanging: /store|volet|blind|shade|shutter|cover/,
    openWords: "ouverte?s?|open(?:ed)?",
    closedWords: "fermee?s?|closed?|shut",
    links:
      "est|sont|signifie|veut dire|pour cent|tout|toute|entierement|completement|is|means|fully",
  },
  isCountable: (word) => COUNTABLE.test(bare(word)),
  canBePartOfName: (word) => /^\p{L}{3,}$/u.test(word) && !NOT_NAMES.has(bare(word)),
  firstFiller: optional(
    choice(
      anyOf("le", "la", "les", "l'", "du", "des"),
      { kind: "every", of: anyOf("tous les", "toutes les", "chaque") },
      withArticle("dans", "de"),
    ),
  ),
  filler: optional(
    choice(withArticle("de", "dans", "à", "sur", "en", "avec"), anyOf("du", "des", "au", "aux")),
  ),
  timeFiller: anyOf("pour"),
  articles: ["de la", "de l'", "du", "des", "le", "la", "les", "l'"],
  nameLinks: ["de la", "de l'", "du", "des", "de"],
  placeFiller: choice(withArticle("dans", "de", "à", "pour"), anyOf("du", "des", "au", "aux")),
  numberFiller: anyOf("à", "sur", "de", "est"),
  changeFiller: null,
  labelFiller: optional(words("à")),
  article,
  belonging: choice(withArticle("de", "dans", "pour"), anyOf("du", "des")),
  stateFiller: optional(anyOf("à", "en", "sur")),
  textFiller: optional(
    anyOf("que", "de", "à", "pour", "le", "la", "les", "un", "une", "du", "des", "dans"),
  ),
  typedStart: optional(anyOf("ok", "dis")),
  politeStart: sequence(
    optional(ifYouPlease),
    optional(
      sequence(
        anyOf(
          "peux tu",
          "tu peux",
          "est ce que tu peux",
          "pourrais tu",
          "tu pourrais",
          "pouvez vous",
          "vous pouvez",
          "pourriez vous",
          "je veux",
          "je voudrais",
          "merci de",
        ),
        optional(ifYouPlease),
      ),
    ),
  ),
  politeEnd: optional(
    choice(
      sequence(ifYouPlease, optional(words("merci"))),
      anyOf("merci", "maintenant", "pour moi"),
    ),
  ),
  typedEnd: sequence(
    optional(ifYouPlease),
    optional(anyOf("maintenant", "tout de suite", "pour moi")),
    optional(choice(ifYouPlease, anyOf("merci", "merci beaucoup"))),
  ),
  joiner: anyOf(
    "et",
    "puis",
    "et puis",
    "ensuite",
    "et ensuite",
    "et aussi",
    "s' il te plaît et",
    "s' il vous plaît et",
  ),
  everything: anyOf("tous", "toutes", "partout"),
  dismissal: anyOf("laisse tomber", "laissez tomber", "annule", "annuler", "rien", "non"),
  examples: {
    articles: new Set(["le", "la", "les", "l'"]),
    firstFiller: [],
    filler: ["de"],
    nameComesFirst: true,
    sentence: (list) =>
      frenchSpelling
        .written(list.join(" "))
        .replaceAll(/(?<![\p{L}'])(l|d)(?:e|a) (?=[aeiouéèêîô](?!nz))/gu, "$1'"),
  },
};

const units: UnitWords = {
  known: [
    { words: /%|pour ?cent|percent|luminosite|intensite|brightness|volume|niveau|level/, units: ["pour cent"] },
    { words: /degre|temperature|celsius|fahrenheit/, units: ["degrés", "degré", "degrés celsius"] },
    { words: /minute/, units: ["minutes", "minute"] },
    { words: /\bsecond/, units: ["secondes", "seconde"] },
    { words: /\b(?:heure|hour)s?\b/, units: ["heures", "heure"] },
  ],
  usual: ["pour cent", "degrés"],
  level: /%|pour ?cent|percent|luminosite|intensite|brightness|volume|niveau|level/,
  change: /\b(?:ecart|variation|difference|pas|changes?|delta|steps?)\b/,
  shares: [
    { share: 0, texts: ["minimum"] },
    { share: 0.5, texts: ["moitié", "la moitié"] },
    { share: 1, texts: ["fond", "maximum"] },
  ],
  ofTime: [
    { words: /\bsecond(?:e|es|s)?\b/, minutes: 1 / 60 },
    { words: /minutes?\b/, minutes: 1 },
    { words: /\b(?:heure|hour)s?\b/, minutes: 60 },
  ],
}; // prettier-ignore

export const french: Language = {
  code: "fr",
  spelling: frenchSpelling,
  commands,
  numbers: frenchNumbers,
  times: frenchTimes,
  units,
  pronunciation: frenchPronunciation,
};
