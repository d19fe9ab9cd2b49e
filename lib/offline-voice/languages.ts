import { english } from "./english";
import { type Language, type LanguageCode, languageCodes } from "./language";

/** The language with this code. A language besides English is loaded at its first use. */
export function languageOf(code: LanguageCode): Language {
  switch (code) {
    case "en":
      return english;
    case "fr":
      return (require("./french") as typeof import("./french")).french;
  }
}

/**
 * The language of a tag such as "fr" or "fr-CA"; English for none, undefined for one that cannot be
 * heard.
 */
export function languageCodeOf(tag: string | undefined): LanguageCode | undefined {
  if (tag === undefined || tag === "") return "en";
  const [primary] = tag.toLowerCase().split(/[-_]/);
  return languageCodes.find((code) => code === primary);
}
