import type { RealtimeError } from "../protocol/errors";
import type { SessionSettings } from "../protocol/session-settings";
import type { Strictness } from "../protocol/validate";
import type { BackoffTimes } from "./backoff";
import type { Budget } from "./budget";
import type { Clock } from "./clock";
import type { ConnectionTimeouts } from "./connection";
import type { EndpointTarget } from "./endpoint-target";
import type { IdleTimes } from "./idle-clock";
import type { ResponsePriority } from "./response-request";
import type { RestorationBudget } from "./restoration-plan";
import type { RolloverTimes } from "./rollover";
import type { OpenSocket } from "./socket";
import type { SpendingAccount } from "./spending";
import type { ToolDefinition } from "./tool-schemas";

/** The key of a session that nobody gave one. */
export const DEFAULT_KEY = "default";

/** What a session is made of. Only `target` is needed. */
export interface SessionOptions {
  /** Where to connect to; asked anew for every attempt. */
  readonly target: () => EndpointTarget | Promise<EndpointTarget>;
  /** What differs from the server's defaults. Default: a realtime session as the server has it. */
  readonly settings?: SessionSettings;
  /** Tools that are told to the server and whose calls are emitted. Default: none. */
  readonly tools?: readonly ToolDefinition[];
  /** What the session is called, e.g. by its room: some tools take it as an argument. Default "default". */
  readonly key?: string;
  /** Tool calls in one turn of the user that reach a flow, at most. Default 32. */
  readonly callsPerTurn?: number;
  /** How much audio of answers the conversation keeps, in bytes. Default 0: none. */
  readonly keepAudioBytes?: number;
  /** In ms. Defaults: handshake 15,000, settings 10,000, ping 30,000. */
  readonly timeouts?: Partial<ConnectionTimeouts>;
  /**
   * Waits between attempts to connect, in ms. Defaults: initial 500, maximum 30,000, slow maximum
   * 300,000 (for what is rarely mended soon), stable 60,000.
   */
  readonly backoff?: Partial<BackoffTimes>;
  /** When a connection is renewed before its end, in ms. Defaults: margin 300,000, hard 30,000. */
  readonly rollover?: Partial<RolloverTimes>;
  /** When a session that nobody uses is closed, in ms. Defaults: idle 0 (never), open 3,600,000. */
  readonly idle?: Partial<IdleTimes>;
  /** How much of the talk a new connection is told at most. Defaults: 12,000 tokens, 400 items. */
  readonly restoration?: Partial<RestorationBudget>;
  /** How much audio is kept while there is no connection, in ms. Default 2,000. */
  readonly preRollMs?: number;
  /** How long what is sent waits for a connection, in ms, before it is refused. Default 30,000. */
  readonly expiryMs?: number;
  /** What may be spent on one day. Default: no limit. */
  readonly budget?: Budget;
  /** Where the day's spending is summed. Default: in this session alone. */
  readonly account?: SpendingAccount;
  /** Returns a number from 0 (inclusive) to 1 (exclusive). Default: `Math.random`. */
  readonly random?: () => number;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Default: a WebSocket of the `ws` package. */
  readonly openSocket?: OpenSocket;
  /** Makes ids unique: returns 24 characters. Default: random hexadecimal digits. */
  readonly randomId?: () => string;
}

/** How an event is sent. */
export interface SendOptions {
  /** How strictly the event is checked; the endpoint's own when absent. */
  readonly strictness?: Strictness;
  /** Of a `response.create` among those that wait; that of the user's turn when absent. */
  readonly priority?: ResponsePriority;
  /**
   * Told when the server refuses the event after `send` has resolved: audio, and what else it does
   * not acknowledge. Of the latest 512 such events; any other refusal is an "error" of the session.
   */
  readonly onRefused?: (error: RealtimeError) => void;
}
