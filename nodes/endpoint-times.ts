import { RealtimeError, type EndpointTarget } from "../lib/index";

/** The part of the endpoint's form that is about waiting. Seconds; empty: as the library has it. */
export interface TimesForm {
  /** Before a broken connection is tried again for the first time. */
  retryFirst: string | number;
  /** The longest wait between two attempts. */
  retryLongest: string | number;
  /** How often the server is asked for a sign of life. */
  pingInterval: string | number;
}

const LONGEST = 3600;

/**
 * What a form says of waits, in ms.
 *
 * @throws RealtimeError `invalid_settings`, naming the field: a value from the environment passes
 *   every validator of the form.
 */
export function timesOf(
  form: Partial<TimesForm>,
): Pick<EndpointTarget, "backoff" | "pingIntervalMs"> {
  const initialMs = millisecondsIn(form, "retryFirst", 0.1);
  const maximumMs = millisecondsIn(form, "retryLongest", 1);
  const pingIntervalMs = millisecondsIn(form, "pingInterval", 1);
  const backoff = {
    ...(initialMs === undefined ? {} : { initialMs }),
    ...(maximumMs === undefined ? {} : { maximumMs }),
  };
  return {
    ...(Object.keys(backoff).length === 0 ? {} : { backoff }),
    ...(pingIntervalMs === undefined ? {} : { pingIntervalMs }),
  };
}

function millisecondsIn(
  form: Partial<TimesForm>,
  name: keyof TimesForm,
  least: number,
): number | undefined {
  const text = String(form[name] ?? "").trim();
  if (text === "") return undefined;
  const seconds = Number(text);
  if (seconds >= least && seconds <= LONGEST) return seconds * 1000;
  throw new RealtimeError(
    "invalid_settings",
    `${name} must be a number of seconds from ${least} to ${LONGEST}`,
    { param: name },
  );
}
