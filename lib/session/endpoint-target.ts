import type { BackoffTimes } from "./backoff";
import type { Dialect } from "../protocol/event-types";
import type { Strictness } from "../protocol/validate";
import type { PriceTable } from "./prices";

/** `auto`: found out from the session that the server's first event tells of. */
export type DialectChoice = Dialect | "auto";

/** Options of a TLS connection as Node.js takes them; certificates and keys as PEM. Never logged. */
export interface TlsOptions {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly pfx?: string | Buffer;
  readonly passphrase?: string;
  readonly servername?: string;
  readonly ALPNProtocols?: string[];
  readonly rejectUnauthorized?: boolean;
}

/** Where a session connects to, and how that server behaves. Made anew for each attempt. */
export interface EndpointTarget {
  /** The whole WebSocket address, query included. Never logged. */
  readonly url: string;
  /** Headers of the handshake, the key's among them. Never logged. */
  readonly headers: Readonly<Record<string, string>>;
  /** The event names and session shape that the server speaks. */
  readonly dialect: DialectChoice;
  /** Subprotocols that the handshake offers. */
  readonly subprotocols?: readonly string[];
  readonly tls?: TlsOptions;
  /** Address of the HTTP proxy to go through, its login included. Never logged. */
  readonly proxy?: string;
  /** How strictly events are checked before they are sent. */
  readonly strictness: Strictness;
  /**
   * Whether a `session.updated` must follow our settings before the session is ready: `required`
   * fails without it, `optional` goes on with a warning after the deadline, `none` does not wait, nor
   * for the answer to a commit.
   */
  readonly settingsAck: "required" | "optional" | "none";
  /** The model, for a server that learns of it by each `session.update`, beside the settings. */
  readonly modelInUpdates?: string;
  /** True for a server that has another rate than the protocol's unless the settings name a format. */
  readonly needsFormats?: boolean;
  /** How long the first event may take after the handshake, in ms (a local server loads models). */
  readonly firstEventTimeoutMs: number;
  /** Waits between attempts to connect to it, in ms; those of the session when absent. */
  readonly backoff?: Partial<BackoffTimes>;
  /** How often it is asked for a sign of life, in ms; that of the session when absent. */
  readonly pingIntervalMs?: number;
  /**
   * True for the side of a call, whose talk goes on at the server while nobody is connected beside
   * it. When the call is over, there is nothing to come back to.
   */
  readonly isCall?: boolean;
  /** True for a server that reads the sentences in the schemas of tools; others are not sent them. */
  readonly takesSentences?: boolean;
  /** Largest frame that is accepted, in bytes; 32 MiB when absent. */
  readonly maxPayload?: number;
  /** Prices that go before those of our list; none when absent. */
  readonly prices?: PriceTable;
}
