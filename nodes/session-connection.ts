import type { SessionOptions } from "../lib/index";
import { numberWithin } from "./form-values";

/** The part of the session's form that is about how long a session lasts, and what it may do. */
export interface ConnectionForm {
  /** Minutes without a turn after which a session is closed; 0 for never. */
  idleClose: string | number;
  /** The same whatever goes on, such as a television. */
  openLimit: string | number;
  /** Minutes before the server's end of a session from which on it is renewed. */
  renewMargin: string | number;
  /** How much audio is kept for a session that opens, in ms. */
  preRoll: string | number;
  /** How long what is sent waits for a connection, in s. */
  sendWithin: string | number;
  /** Tool calls in one turn of the user at most. */
  callsPerTurn: string | number;
}

/** In ms. */
const MINUTE = 60_000;

/** What was meant an hour ago is not meant any more. In s. */
const LONGEST_EXPIRY = 3600;

/** A day is more than any of these can mean, in minutes. */
const DAY_MINUTES = 24 * 60;

const MOST_CALLS = 128;

/**
 * What a form says of the connection; a field that is empty, or that an older version did not have,
 * is left to the library.
 *
 * @throws RealtimeError `invalid_settings`, naming the field: a value from the environment passes
 *   every validator of the form.
 */
export function connectionOptionsOf(
  form: Partial<ConnectionForm>,
): Pick<SessionOptions, "idle" | "rollover" | "preRollMs" | "expiryMs" | "callsPerTurn"> {
  const idleMs = minutesIn(form, "idleClose");
  const openMs = minutesIn(form, "openLimit");
  const marginMs = minutesIn(form, "renewMargin");
  const preRollMs = numberWithin(form, "preRoll", { most: MINUTE });
  const expiry = numberWithin(form, "sendWithin", { least: 1, most: LONGEST_EXPIRY });
  const callsPerTurn = numberWithin(form, "callsPerTurn", {
    least: 1,
    most: MOST_CALLS,
    isWhole: true,
  });
  return {
    idle: {
      ...(idleMs === undefined ? {} : { idleMs }),
      ...(openMs === undefined ? {} : { openMs }),
    },
    ...(marginMs === undefined ? {} : { rollover: { marginMs } }),
    ...(preRollMs === undefined ? {} : { preRollMs }),
    ...(expiry === undefined ? {} : { expiryMs: expiry * 1000 }),
    ...(callsPerTurn === undefined ? {} : { callsPerTurn }),
  };
}

function minutesIn(form: Partial<ConnectionForm>, name: keyof ConnectionForm): number | undefined {
  const minutes = numberWithin(form, name, { most: DAY_MINUTES });
  return minutes === undefined ? undefined : minutes * MINUTE;
}
