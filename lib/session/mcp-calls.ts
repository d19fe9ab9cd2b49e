import type { Item } from "../protocol/items";
import { route, type Route } from "./routes";

export interface McpCallsOptions {
  /** How many responses have been created on this connection. */
  readonly createdCount: () => number;
  /** Asks the model to go on, as for the calls of our own tools. */
  readonly followUp: (isObsolete: () => boolean) => void;
}

/** Calls remembered at most, to know what is told twice. */
const MEMORY = 1000;

/**
 * Calls of MCP tools, which the server makes by itself.
 *
 * Such a call ends its response, and the server does not go on by itself when it has the result, or
 * the failure: it has to be asked (OpenAI's guide on MCP in realtime sessions; `@openai/agents` asks
 * for each finished `mcp_call`).
 */
export class McpCalls {
  readonly #options: McpCallsOptions;
  /** None in most sessions, which are to cost little. */
  #finished: Set<string> | undefined;

  constructor(options: McpCallsOptions) {
    this.#options = options;
  }

  static readonly routes: readonly Route<McpCalls>[] = [
    route("conversation.item.done", (part, { item }) => part.#done(item)),
    route("response.output_item.done", (part, { item }) => part.#done(item)),
  ];

  #done(item: Item): void {
    if (item.type !== "mcp_call" || this.#finished?.has(item.id) === true) return;
    // A call that waits for its approval, or runs, has neither.
    if ((item.output ?? null) === null && (item.error ?? null) === null) return;
    const finished = (this.#finished ??= new Set());
    finished.add(item.id);
    const [oldest] = finished;
    if (finished.size > MEMORY && oldest !== undefined) finished.delete(oldest);
    const created = this.#options.createdCount();
    // A response that began after the result was there has seen it.
    this.#options.followUp(() => this.#options.createdCount() > created);
  }
}
