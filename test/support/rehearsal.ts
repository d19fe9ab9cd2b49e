import type { RealtimeEvent, ToolCall, UnknownEvent } from "../../lib/index";
import type { LocalServer } from "../../lib/local-server/server";
import type { RealtimeError } from "../../lib/protocol/errors";
import { endpointTarget } from "../../lib/session/endpoint";
import { RealtimeSession } from "../../lib/session/realtime-session";
import type { SessionOptions } from "../../lib/session/session-options";
import type { SessionState } from "../../lib/session/session-state";
import { userText } from "../lib/session/ready-session";
import { fastClock } from "./fast-clock";
import { ServerItems } from "./server-items";

/** All times of a session are this many times shorter than configured. */
const SPEED = 10;

type Status = SessionState["status"];

/** A session on the built-in server with all that it tells. */
export class Rehearsal {
  readonly session: RealtimeSession;
  readonly items: ServerItems;
  readonly events: RealtimeEvent[] = [];
  readonly unknown: UnknownEvent[] = [];
  readonly errors: RealtimeError[] = [];
  readonly calls: ToolCall[] = [];
  readonly states: SessionState[] = [];
  readonly #watchers = new Set<() => void>();

  constructor(server: LocalServer, options: Partial<SessionOptions>, speed = SPEED) {
    const { url, token } = server;
    this.session = new RealtimeSession({
      target: () =>
        endpointTarget(
          { kind: "built-in", url, apiKey: token ?? "" },
          { kind: "model", model: "test" },
        ),
      settings: { type: "realtime", output_modalities: ["text"] },
      clock: fastClock(speed),
      random: () => 0.5,
      ...options,
    });
    this.items = new ServerItems(this.session);
    this.session.on("event", (event) => this.#note(this.events, event));
    this.session.on("unknown", (event) => this.#note(this.unknown, event));
    this.session.on("error", (error) => this.#note(this.errors, error));
    this.session.on("toolCall", (call) => this.#note(this.calls, call));
    this.session.on("state", (state) => this.#note(this.states, state));
  }

  get statuses(): Status[] {
    return this.states.map(({ status }) => status);
  }

  /** Resolves when this holds after something has happened, or holds already. */
  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!holds()) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  /** Resolves when this connection of the session is ready. */
  ready(epoch: number): Promise<void> {
    return this.until(() => {
      const { state } = this.session;
      return state.status === "ready" && state.epoch >= epoch;
    });
  }

  /** Sends the user's words and asks for an answer; settles as both do. */
  async ask(text: string): Promise<unknown[]> {
    return await Promise.all([
      this.session.send(userText(text)),
      this.session.send({ type: "response.create" }),
    ]);
  }

  count(type: RealtimeEvent["type"]): number {
    return this.events.filter((event) => event.type === type).length;
  }

  /** Resolves when the talk ends with a complete answer. */
  answered(): Promise<void> {
    return this.until(() => {
      const last = this.items.list.at(-1);
      return last?.["role"] === "assistant" && last["status"] === "completed";
    });
  }

  /** Resolves when so many answers have been completed. */
  answers(count: number): Promise<void> {
    return this.until(() => this.count("response.done") >= count);
  }

  #note<T>(list: T[], value: T): void {
    list.push(value);
    for (const look of this.#watchers) look();
  }
}
