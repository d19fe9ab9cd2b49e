import { isObject, type Members } from "./members";

/** The headers of an HTTP answer, as Node.js has them. */
type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * The `error` of a body such as `{"error": {"code", "param", "type", "message"}}`; else nothing. A
 * code that is a number, such as the "401" of Azure, only says the status again: it is left out.
 */
export function errorInBody(body: string): Members {
  try {
    const parsed: unknown = JSON.parse(body);
    if (isObject(parsed) && isObject(parsed["error"])) {
      const { code, ...others } = parsed["error"];
      return typeof code === "string" && !/^\d+$/.test(code) ? { code, ...others } : others;
    }
  } catch {
    // A proxy or a gateway answers with HTML: the status says enough.
  }
  return {};
}

/**
 * How long a server asks to be left alone, in ms; null when it does not say. `Retry-After` holds
 * seconds or a date; `retry-after-ms` of OpenAI is more exact.
 *
 * @param now the time in ms since the Unix epoch
 */
export function retryAfterIn(headers: Headers, now: number): number | null {
  const exact = headers["retry-after-ms"];
  const header = headers["retry-after"];
  const waits = [
    typeof exact === "string" && exact !== "" ? Number(exact) : Number.NaN,
    typeof header === "string" && header !== "" ? Number(header) * 1000 : Number.NaN,
    typeof header === "string" && header !== "" ? Date.parse(header) - now : Number.NaN,
  ];
  const wait = waits.find((ms) => Number.isFinite(ms));
  return wait === undefined ? null : Math.max(0, wait);
}
