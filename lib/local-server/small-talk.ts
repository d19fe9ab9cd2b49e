import type { LanguageCode } from "../offline-voice/language";
import { searchable } from "../offline-voice/tool-schema";

/** What people say to something that talks before they know what it can do. */
export type SmallTalk = "greeting" | "thanks" | "question";

/** Characters; who writes more wants something else. */
const LONGEST = 60;

/** Whole sentences in lower case, without accents and punctuation. */
const SENTENCES: Readonly<Record<LanguageCode, Readonly<Record<SmallTalk, RegExp>>>> = {
  en: {
    greeting:
      /^(?:hi|hello|hey|howdy|good (?:morning|afternoon|evening|day))(?: (?:there|again|computer|everyone))?$/,
    thanks:
      /^(?:ok |okay |great )?(?:thanks|thank you|cheers)(?: (?:a lot|so much|very much|again))?$/,
    question:
      /^(?:please )?(?:help(?: me)?|what (?:can|could) (?:you do|i (?:say|ask|do))|what do you do|what are (?:you|your commands)|who are you|how (?:do|does|can) (?:you|this|it|i) (?:work|use (?:you|this))|commands)(?: please)?$/,
  },
  fr: {
    greeting: /^(?:bonjour|bonsoir|salut|coucou|hello)(?: (?:a tous|toi))?$/,
    thanks: /^(?:ok |super )?merci(?: (?:beaucoup|bien|a toi|a vous))?$/,
    question:
      /^(?:aide|aide moi|aidez moi|a l aide|au secours|(?:que|qu est ce que) (?:peux tu|tu peux|sais tu|tu sais|pouvez vous|vous pouvez|savez vous) faire|tu (?:peux|sais) faire quoi|(?:que|qu est ce que) (?:je peux|puis je) (?:dire|demander|faire)|qui es tu|qui etes vous|comment ca marche|commandes)(?: s il (?:te|vous) plait)?$/,
  },
};

/** Which small talk a text is, when it is that and nothing else. */
export function smallTalkIn(text: string, language: LanguageCode): SmallTalk | null {
  if (text.length > LONGEST) return null;
  const plain = searchable(text);
  const { greeting, question, thanks } = SENTENCES[language];
  if (greeting.test(plain)) return "greeting";
  if (thanks.test(plain)) return "thanks";
  return question.test(plain) ? "question" : null;
}
