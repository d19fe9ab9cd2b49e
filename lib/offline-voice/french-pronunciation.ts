import { frenchSpelling } from "./french-spelling";
import type { Pronunciation } from "./language";

/**
 * French phonemes as the acoustic model's dictionary writes them, and letter-to-sound rules for words
 * that the dictionary lacks: forms of verbs, first names, brands.
 */
const PHONEMES =
  "aa ai an au bb ch dd ee ei eu ff gg gn ii in jj kk ll mm nn oe on oo ou pp rr ss tt un uu uy vv ww yy zz".split(
    " ",
  );

/**
 * Spelling to phonemes, as regular expressions of which the first that fits counts. V is a vowel; N is
 * what makes a vowel before n or m nasal, E makes c and g soft. `^` and `$` are the ends of the word.
 */
const RULES = compiled([
  // Ends that are not sounded, or not as elsewhere.
  ["(?<=s)tion", "tt yy on"], ["tion", "ss yy on"],
  ["(?<=.)er$", "ei"], ["(?<=.)ers$", "ei"], ["(?<=.)ez$", "ei"], ["(?<=..)ets?$", "ai"],
  ["(?<=gu|qu|.)es?$(?<=[^é]es?)", ""], ["(?<=é)es?$", ""], ["aient$", "ai"], ["(?<=..)(?:[dtpsxz]|[tdpgc]s|cts?)$", ""],
  // Vowels.
  ["eaux?|aux$|aults?$", "au"], ["au(?=r)", "oo"], ["au", "au"], ["oeu(?=[xds]?$)", "eu"], ["oeu", "oe"],
  ["aill|ails?$", "aa yy"], ["eill|eils?$", "ai yy"], ["[eu]{2}ill?|ueill?", "oe yy"], ["ouill|ouils?$", "ou yy"],
  ["(?:ain|aim|ein|eim|in|im|în|yn|ym)N", "in"], ["oinN", "ww in"], ["(?<=[iéyï])enN", "in"],
  ["(?:an|am|en|em|aen|aon|ân)N", "an"], ["(?:on|om)N", "on"], ["(?:un|um)N", "un"], ["emm(?=ent)", "aa mm"],
  ["oy(?=V)", "ww aa yy"], ["oe?[iî]", "ww aa"], ["oo|ou|où|oû", "ou"], ["ay(?=V)", "ai yy"], ["uy(?=V)", "uy ii yy"],
  ["ai|aî|ei|ay$|ey$", "ai"], ["eu(?=[rlnv]|[bp]l|f$)|eû", "oe"], ["eu", "eu"],
  ["é(?=e?s?$)", "ei"], ["[éèêë]", "ai"], ["e(?=x|([bcdfglmnprstz])\\1|[rlscp][bcdfgklmnpqstvz]|[rlcfmnstx](?![a-zà-ÿ])|nn)", "ai"], ["e", "ee"],
  ["[àâäáa]", "aa"], ["[ôö]|o(?=s?$|se)", "au"], ["o", "oo"],
  ["(?<=[bcdfgptv][lr])i(?=V)", "ii yy"], ["ill(?=V)", "ii yy"], ["[iï](?=V)(?!es?$)", "yy"], ["[iîïí]", "ii"],
  ["(?:^|(?<=V))y(?=V)", "yy"], ["[yÿý]", "ii"],
  ["(?<=g)u(?=[eéèêiîy])|(?<=q)u", ""], ["u(?=i)", "uy"], ["[uùûüú]", "uu"],
  // Consonants.
  ["sch|sh", "ch"], ["ch(?=[rlnt])", "kk"], ["ch", "ch"], ["ccE", "kk ss"], ["ç|scE|cE", "ss"], ["cc|ck|cq|c", "kk"],
  ["ph", "ff"], ["gn", "gn"], ["g(?=e[aoâô])e", "jj"], ["gE", "jj"], ["gg|g", "gg"],
  ["(?<=V)s(?=V)", "zz"], ["ss|s", "ss"], ["qu|q", "kk"], ["(?<=^e)x(?=V)", "gg zz"], ["x", "kk ss"],
  ["bb|b", "bb"], ["dd|d", "dd"], ["ff|f", "ff"], ["j", "jj"], ["kk|k", "kk"], ["ll|l", "ll"], ["mm|m", "mm"],
  ["nn|n|ñ", "nn"], ["pp|p", "pp"], ["rr|r", "rr"], ["tt|th|t", "tt"], ["v", "vv"], ["w", "ww"], ["zz|z", "zz"],
]); // prettier-ignore

function compiled(
  rules: readonly (readonly [spelling: string, phonemes: string])[],
): readonly (readonly [spelling: RegExp, phonemes: string])[] {
  return rules.map(([spelling, phonemes]) => {
    const pattern = spelling
      .replaceAll("V", "[aàâäáeéèêëiîïíoôöóuùûüúyÿ]")
      .replaceAll("N", "(?![aàâäáeéèêëiîïíoôöóuùûüúyÿnmh])")
      .replaceAll("E", "(?=[eéèêëiîïíy])");
    return [new RegExp(pattern, "y"), phonemes];
  });
}

function soundsOf(word: string): string[] {
  const sounds: string[] = [];
  for (let at = 0; at < word.length;) {
    const found = RULES.find(([spelling]) => {
      spelling.lastIndex = at;
      return spelling.test(word);
    });
    if (found === undefined) {
      at += 1;
      continue;
    }
    const [spelling, phonemes] = found;
    if (phonemes !== "") sounds.push(...phonemes.split(" "));
    at = Math.max(at + 1, spelling.lastIndex);
  }
  return sounds;
}

/**
 * Plausible ways to say a word: alone, with the e at its end sounded, and with its last consonant, before
 * a vowel or anywhere. A word without any letter that sounds is spoken as a vowel. Of the 60,000 words of
 * the model's dictionary, three in four get a way to say them that stands there.
 */
export function pronounce(word: string): readonly string[] {
  const letters = word.toLowerCase().normalize("NFC").replaceAll("œ", "oe").replaceAll("'", "");
  const sounds = soundsOf(letters);
  if (sounds.length === 0) return ["ee"];
  const said = sounds.join(" ");
  const open = said.replaceAll(
    /\bai(?= (?:bb|ch|dd|ff|gg|jj|kk|ll|mm|nn|pp|rr|ss|tt|vv|zz))/g,
    "ei",
  );
  const ways = [said, ...(letters.includes("é") ? [open] : [])];
  // Names and brands sound to their end: "Sonos". The stop keeps the rules for ends off.
  if (/[dprstxz]$/.test(letters)) ways.push(soundsOf(`${letters}·`).join(" "));
  // The end of verbs: "allument".
  if (/[^aàâéiouy]ent$/.test(letters)) ways.push(said.replace(/ an$/, ""));
  const liaisons = [said].flatMap((way) => {
    if (/[^aàâéiouy]e$/.test(letters)) return [`${way} ee`];
    return /[sx]$/.test(letters) ? [`${way} zz`] : [];
  });
  return [...new Set([...ways, ...liaisons])];
}

/** Which letters may have lost an accent. */
const ACCENTED: Readonly<Record<string, string>> = {
  e: "éèê",
  a: "àâ",
  i: "îï",
  o: "ô",
  u: "ùû",
  c: "ç",
};

/** Accents that are put back at most. */
const MOST_ACCENTS = 2;

/** No word of the dictionary is longer, letters: the ways to put accents back are as many as its square. */
const LONGEST_WORD = 30;

/** The word with one accent or more on letters that have none: "lumiere" is "lumière". */
function otherSpellings(word: string): readonly string[] {
  if (word.length > LONGEST_WORD || frenchSpelling.bare(word) !== word) return [];
  const spellings: string[] = [];
  const add = (text: string, from: number, left: number): void => {
    for (let at = from; at < text.length; at++) {
      for (const accented of ACCENTED[text.charAt(at)] ?? "") {
        const other = `${text.slice(0, at)}${accented}${text.slice(at + 1)}`;
        spellings.push(other);
        if (left > 1) add(other, at + 1, left - 1);
      }
    }
  };
  add(word, 0, MOST_ACCENTS);
  return spellings;
}

export const frenchPronunciation: Pronunciation = {
  model: "fr-fr",
  // Of 174 recorded sentences 154 are right, with the beams of English 144.
  beams: { beam: 1e-80, wbeam: 1e-60, pbeam: 1e-80 },
  // 158 sentences of a person fit with up to 78; other recorded sentences, where they were taken for a
  // command at all, with 82 and more.
  worstFit: 78,
  fromSounds: null,
  phonemes: PHONEMES,
  further: new Map(),
  otherSpellings,
  pronounce,
};
