import { SentenceError } from "./sentence-error";

/** A part of a template. `column` is where it begins in its line, counted from 1. */
export type TemplatePart =
  | { readonly kind: "text"; readonly text: string; readonly column: number }
  | { readonly kind: "space" }
  /** `(a|b)`, or with `isOptional` `[a|b]`. */
  | {
      readonly kind: "alternatives";
      readonly of: readonly Template[];
      readonly isOptional: boolean;
      readonly column: number;
    }
  /** `(a;b)`: all of them, in any order. */
  | {
      readonly kind: "permutation";
      readonly of: readonly Template[];
      readonly isOptional: boolean;
      readonly column: number;
    }
  /** `{room}`, also `{area:room}`; `{on=true}` is not said and gives the argument that value. */
  | {
      readonly kind: "slot";
      readonly name: string;
      readonly value: string | null;
      readonly column: number;
    }
  /** `<rule>` */
  | { readonly kind: "rule"; readonly name: string; readonly column: number };

export type Template = readonly TemplatePart[];

/** A line of the sentences of a tool. */
export type TemplateLine = { readonly line: number; readonly template: Template } & (
  | { readonly kind: "sentence" }
  /** `name = template` */
  | { readonly kind: "rule"; readonly name: string }
  /** `{room=living_room} = lounge | parlour`: further ways to say a value. */
  | {
      readonly kind: "synonym";
      readonly name: string;
      readonly value: string;
      readonly column: number;
    }
);

/** Brackets within brackets. */
const DEEPEST = 20;

const RULE_LINE = /^(\s*)([\p{L}_][\p{L}\p{N}_-]*)\s*=/u;
const SYNONYM_LINE = /^(\s*)\{([^{}=]*)=([^{}]*)\}\s*=/u;

/**
 * Reads one line in the template syntax of Home Assistant; null for an empty one and for a comment,
 * which begins with "#". `line` is its number, for errors.
 *
 * @throws SentenceError
 */
export function parseTemplateLine(text: string, line: number): TemplateLine | null {
  if (/^\s*(?:#|$)/.test(text)) return null;
  const synonym = SYNONYM_LINE.exec(text);
  if (synonym !== null) {
    const [start, indent = "", name = "", value = ""] = synonym;
    const template = new TemplateParser(text, line, start.length).parse();
    return {
      kind: "synonym",
      line,
      column: indent.length + 1,
      name: name.trim(),
      value: value.trim(),
      template,
    };
  }
  const rule = RULE_LINE.exec(text);
  if (rule !== null) {
    const [start, , name = ""] = rule;
    const template = new TemplateParser(text, line, start.length).parse();
    return { kind: "rule", line, name, template };
  }
  return { kind: "sentence", line, template: new TemplateParser(text, line, 0).parse() };
}

const CLOSING: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}", "<": ">" };

/** Characters that mean something; a backslash takes that from them. */
const SPECIAL = /[()[\]{}<>|;\\\s]/;

class TemplateParser {
  readonly #text: string;
  readonly #line: number;
  #at: number;

  constructor(text: string, line: number, start: number) {
    this.#text = text;
    this.#line = line;
    this.#at = start;
  }

  /** The rest of the line; several templates with "|" between them are alternatives. */
  parse(): Template {
    const column = this.#at + 1;
    const { of, separator } = this.#list("", 1);
    const [only] = of;
    if (of.length === 1 && only !== undefined) return only;
    return [groupOf(of, separator, false, column)];
  }

  #fail(column: number, reason: string): never {
    throw new SentenceError(this.#line, column, reason);
  }

  /** Templates up to the closing bracket, or to the end of the line where it is empty. */
  #list(closing: string, depth: number): { of: Template[]; separator: string } {
    if (depth > DEEPEST)
      this.#fail(this.#at + 1, `more than ${DEEPEST} brackets inside each other`);
    const of: Template[] = [];
    let separator = "";
    for (;;) {
      of.push(this.#sequence(depth));
      const found = this.#text.charAt(this.#at);
      if (found === closing) return { of, separator };
      if (found === "") this.#fail(this.#at + 1, `"${closing}" is missing`);
      if (found !== "|" && found !== ";")
        this.#fail(this.#at + 1, `"${found}" has no opening bracket`);
      if (separator !== "" && found !== separator)
        this.#fail(this.#at + 1, '"|" and ";" cannot stand in the same brackets');
      separator = found;
      this.#at += 1;
    }
  }

  #sequence(depth: number): Template {
    const parts: TemplatePart[] = [];
    for (;;) {
      const column = this.#at + 1;
      const next = this.#text.charAt(this.#at);
      switch (next) {
        case "":
        case "|":
        case ";":
        case ")":
        case "]":
        case "}":
        case ">":
          return parts;
        case "(":
        case "[": {
          this.#at += 1;
          const { of, separator } = this.#list(CLOSING[next] ?? "", depth + 1);
          this.#at += 1;
          parts.push(groupOf(of, separator, next === "[", column));
          break;
        }
        case "{":
          parts.push(this.#slot(column));
          break;
        case "<":
          parts.push({ kind: "rule", name: this.#name(next, column), column });
          break;
        default:
          if (/\s/.test(next)) {
            this.#at += 1;
            parts.push({ kind: "space" });
          } else parts.push({ kind: "text", text: this.#words(), column });
      }
    }
  }

  #words(): string {
    let words = "";
    for (;;) {
      const next = this.#text.charAt(this.#at);
      if (next === "\\") {
        words += this.#text.charAt(this.#at + 1);
        this.#at = Math.min(this.#at + 2, this.#text.length);
      } else if (next === "" || SPECIAL.test(next)) return words;
      else {
        words += next;
        this.#at += 1;
      }
    }
  }

  #slot(column: number): TemplatePart {
    const [name = "", ...rest] = this.#name("{", column).split("=");
    const value = rest.length === 0 ? null : rest.join("=").trim();
    // Home Assistant's `{list:slot}` has the name of its list first.
    return { kind: "slot", name: name.replace(/^[^:]*:/, "").trim(), value, column };
  }

  /** What stands in brackets that hold a name. */
  #name(opening: "{" | "<", column: number): string {
    const closing = CLOSING[opening] ?? "";
    const end = this.#text.indexOf(closing, this.#at);
    if (end === -1) this.#fail(column, `"${closing}" is missing after this "${opening}"`);
    const name = this.#text.slice(this.#at + 1, end).trim();
    if (name === "" || /[()[\]{}<>|]/.test(name))
      this.#fail(column, `between "${opening}" and "${closing}" stands one name`);
    this.#at = end + 1;
    return name;
  }
}

function groupOf(
  of: readonly Template[],
  separator: string,
  isOptional: boolean,
  column: number,
): TemplatePart {
  const kind = separator === ";" ? "permutation" : "alternatives";
  return { kind, of, isOptional, column };
}
