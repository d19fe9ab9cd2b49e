import type { Language } from "./language";
import { splitName } from "./sentence";
import type { Slot } from "./tool-schema";

/** What the words of one tool are weighed against: what the tools of a home call their things and values. */
export class HomeWords {
  readonly #language: Language;
  /** The name of each tool. */
  readonly #names: readonly (readonly string[])[];
  /** Words of values. */
  readonly #values: ReadonlySet<string>;

  constructor(
    tools: readonly { readonly tool: string; readonly slots: readonly Slot[] }[],
    language: Language,
  ) {
    this.#language = language;
    this.#names = tools.map(({ tool }) => this.#simple(splitName(tool, language)));
    const spellings = tools.flatMap(({ slots }) =>
      slots.flatMap((slot) =>
        slot.kind === "choice" ? slot.values.flatMap((value) => value.spellings) : [],
      ),
    );
    this.#values = new Set(this.#simple(spellings.flat()));
  }

  /**
   * What a thing may be called besides: "lamp" for a "light", where nothing else is called so. Each ends
   * with the other name, "kitchen lamp".
   */
  otherNames(thing: readonly string[]): readonly (readonly string[])[] {
    const simple = this.#simple(thing);
    return simple.flatMap((word, index) => {
      const group = this.#language.commands.otherNames.find(({ keys }) => keys.includes(word));
      const names = (group?.names ?? []).map((name) => name.split(" "));
      return names
        .filter((name) =>
          this.#simple(name).every((each) => simple.includes(each) || this.#isFree(each)),
        )
        .map((name) => [...thing.slice(0, index), ...name]);
    });
  }

  /** True where no other tool ends what this one does, such as a timer. */
  isOnlyEnd(thing: readonly string[]): boolean {
    const { stateNamed, verbsLike } = this.#language.commands;
    const simple = this.#simple(thing);
    const ends = this.#names.filter(
      ([first = "", ...rest]) =>
        (verbsLike(first).action === "remove" || stateNamed([first])?.key === "stop") &&
        simple.every((word) => rest.includes(word)),
    );
    return ends.length === 1;
  }

  #isFree(word: string): boolean {
    return !this.#values.has(word) && !this.#names.some((name) => name.includes(word));
  }

  /** The words in their shorter form, bare: "light" of "lights". */
  #simple(list: readonly string[]): readonly string[] {
    const { bare, singularAndPlural } = this.#language.spelling;
    return list.map((word) => {
      const forms = singularAndPlural(word).map(bare);
      return forms.reduce((short, form) => (form.length < short.length ? form : short));
    });
  }
}
