import type { Item } from "../protocol/items";
import { BoundedSet } from "./bounded-set";
import { route, type Route } from "./routes";

export interface McpCallsOptions {
  /** How many responses have been created on this connection. */
  readonly createdCount: () => number;
  /** Asks the model to go on, as for the calls of our own tools. */
  readonly followUp: (isObsolete: () => boolean) => void;
}

/** Calls remembered at most, to know what is told twice. */
const MEMORY = 1000;

/** Requests for an approval that are waited for at most. */
const UNDECIDED_LIMIT = 100;

/**
 * Calls of MCP tools, which the server makes by itself.
 *
 * Such a call ends its response, and the server does not go on by itself when it has the result, or
 * the failure: it has to be asked (OpenAI's guide on MCP in realtime sessions; `@openai/agents` asks
 * for each finished `mcp_call`).
 */
export class McpCalls {
  readonly #options: McpCallsOptions;
  readonly #finished = new BoundedSet<string>(MEMORY);
  /** Requests for an approval that nobody has answered. */
  readonly #undecided = new BoundedSet<string>(UNDECIDED_LIMIT);

  constructor(options: McpCallsOptions) {
    this.#options = options;
  }

  static readonly routes: readonly Route<McpCalls>[] = [
    route("conversation.item.added", (part, { item }) => {
      if (item.type === "mcp_approval_response") part.#undecided.delete(item.approval_request_id);
    }),
    route("conversation.item.done", (part, { item }) => part.#done(item)),
    route("response.output_item.done", (part, { item }) => part.#done(item)),
  ];

  /** True while a call waits for an approval, of which another connection could not be told. */
  get isUndecided(): boolean {
    return this.#undecided.size > 0;
  }

  /** The connection has ended, and with it what was asked on it. */
  forget(): void {
    this.#undecided.clear();
  }

  #done(item: Item): void {
    if (item.type === "mcp_approval_request") {
      this.#undecided.add(item.id);
      return;
    }
    if (item.type === "mcp_approval_response") this.#undecided.delete(item.approval_request_id);
    if (item.type !== "mcp_call" || this.#finished.has(item.id)) return;
    // A call that waits for its approval, or runs, has neither.
    if ((item.output ?? null) === null && (item.error ?? null) === null) return;
    this.#finished.add(item.id);
    const created = this.#options.createdCount();
    // A response that began after the result was there has seen it.
    this.#options.followUp(() => this.#options.createdCount() > created);
  }
}
