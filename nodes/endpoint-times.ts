import type { EndpointTarget } from "../lib/index";
import { numberWithin } from "./form-values";

/** The part of the endpoint's form that is about waiting. Seconds; empty: as the library has it. */
export interface TimesForm {
  /** Before a broken connection is tried again for the first time. */
  retryFirst: string | number;
  /** The longest wait between two attempts. */
  retryLongest: string | number;
  /** How often the server is asked for a sign of life. */
  pingInterval: string | number;
}

/** In seconds. */
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
  const seconds = numberWithin(form, name, { least, most: LONGEST });
  return seconds === undefined ? undefined : seconds * 1000;
}
