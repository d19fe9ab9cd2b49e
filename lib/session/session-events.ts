import type { RealtimeError } from "../protocol/errors";
import type { RealtimeEvent, UnknownEvent } from "../protocol/event-types";
import type { Activity } from "./activity";
import type { SessionState } from "./session-state";
import type { ToolCall } from "./tool-calls";
import type { UsageReport } from "./usage";

/** Where an event came from, and when. */
export interface EventInfo {
  readonly source: "server" | "client" | "local";
  /** When it was received or sent, in ms since the Unix epoch. */
  readonly at: number;
  /** The number of the connection, from 1. */
  readonly epoch: number;
  /** Set for events of a new connection being told the settings and the talk so far. */
  readonly cause?: "restore";
  /** What the event cost: set for `response.done` and for the end of a transcription. */
  readonly usage?: UsageReport;
}

/** Events that are only made when somebody wants them. */
export type Observable = "client" | "conversation.updated" | "realtime.event";

/** What a session tells its listeners: the names for `on`, and what each listener gets. */
export interface SessionEvents {
  /** A known event, always in its GA form; what the server sent, ours to give away. */
  event: [event: RealtimeEvent, info: EventInfo];
  /** An event of a type that the protocol's table does not have, as it came. */
  unknown: [event: UnknownEvent, info: EventInfo];
  /** The session stands elsewhere; its `state` is the same. */
  state: [state: SessionState];
  /** Somebody begins or ends to speak, or an answer does. */
  activity: [activity: Activity];
  /** A tool is called; `answer` is to follow. */
  toolCall: [call: ToolCall];
  /** A tool is called that needs an approval; `approve` or `deny` is to follow. */
  toolApproval: [call: ToolCall];
  /** A call of this tool is no longer open, or is open again after its output was refused. */
  toolCallsChanged: [toolName: string];
  /**
   * What no promise reports: a broken frame, a lost connection, an error tied to no request. With
   * `toolName` it is about a call of that tool: its arguments do not fit, or its flow is late.
   */
  error: [error: RealtimeError, toolName?: string];
}
