import type { RealtimeError } from "../protocol/errors";
import type { EventOf } from "../protocol/event-types";
import { BoundedMap } from "./bounded-map";
import { BoundedSet } from "./bounded-set";
import type { Timer } from "./clock";
import type { ResponseRequest } from "./response-request";

export interface OutOfBandOptions {
  readonly write: (request: ResponseRequest) => void;
  /** Runs until the server has begun the response; then this calls `expire` of these. */
  readonly startDeadline: (request: ResponseRequest) => Timer;
}

interface Requested {
  readonly request: ResponseRequest;
  /** Undefined while there is no connection. */
  readonly deadline: Timer | undefined;
}

/** Responses whose end is awaited at most; the oldest is forgotten. */
const RUNNING_LIMIT = 64;

/** Keys of requests remembered at most. */
const KEY_LIMIT = 1000;

/** Responses outside the conversation (`conversation: "none"`): they run beside what is said in it. */
export class OutOfBandResponses {
  readonly #options: OutOfBandOptions;
  /** By key, until their `response.created`; made with the first: most sessions have none. */
  #requests: Map<string, Requested> | undefined;
  /** The keys of what was asked for, however late it is answered; made with the first. */
  #keys: BoundedSet<string> | undefined;
  /** When each of those that run was last heard of, by the date. */
  readonly #running = new BoundedMap<string, number>(RUNNING_LIMIT);

  constructor(options: OutOfBandOptions) {
    this.#options = options;
  }

  /** Requests that no response has begun for. */
  get size(): number {
    return this.#requests?.size ?? 0;
  }

  get isRunning(): boolean {
    return this.#running.size > 0;
  }

  /** When the one that has been silent for longest was heard of; infinity where none runs. */
  get heardAt(): number {
    return Math.min(...[...this.#running.entries()].map(([, heardAt]) => heardAt));
  }

  /** Forgets those that were not heard of since a time; returns their ids. */
  takeSilent(since: number): readonly string[] {
    const silent = [...this.#running.entries()].filter(([, heardAt]) => heardAt <= since);
    for (const [id] of silent) this.#running.delete(id);
    return silent.map(([id]) => id);
  }

  /** A response shows that it goes on. */
  touch(responseId: string, date: number): void {
    if (this.#running.has(responseId)) this.#running.set(responseId, date);
  }

  /** All that run are taken for heard of. */
  touchAll(date: number): void {
    for (const id of this.#running.keys()) this.#running.set(id, date);
  }

  send(request: ResponseRequest): void {
    this.#add(request, this.#options.startDeadline(request));
    (this.#keys ??= new BoundedSet(KEY_LIMIT)).add(request.key);
    this.#options.write(request);
  }

  /** Keeps a request for the next connection, behind those of the last one. */
  keep(request: ResponseRequest): void {
    this.#add(request, undefined);
  }

  #add(request: ResponseRequest, deadline: Timer | undefined): void {
    this.#requests ??= new Map();
    this.#requests.set(request.key, { request, deadline });
  }

  /** Whether a response with this key is one of these, although its server does not say so. */
  isKeyOfOurs(key: string | undefined): boolean {
    return key !== undefined && this.#keys?.has(key) === true;
  }

  /** The server has begun no response in time. */
  expire(request: ResponseRequest): void {
    this.#requests?.delete(request.key);
  }

  /**
   * Takes the beginning of a response; false when it is one of the conversation.
   *
   * @param key our key in it, where the server returns it
   */
  created(event: EventOf<"response.created">, key: string | undefined, date: number): boolean {
    const { id, conversation_id: conversationId } = event.response;
    // Without our key in it: only a response that says it has no conversation can be one of these.
    const [oldest] = conversationId === null ? (this.#requests?.values() ?? []) : [];
    const found = key === undefined ? oldest : this.#requests?.get(key);
    // One that was given up before it began runs beside the conversation all the same.
    if (found === undefined && !this.isKeyOfOurs(key)) return false;
    if (typeof id === "string") this.#running.set(id, date);
    if (found === undefined) return true;
    found.deadline?.stop();
    this.#requests?.delete(found.request.key);
    found.request.resolve({ accepted: "acknowledged", by: event });
    return true;
  }

  /** Takes the end of a response; false when it is not one of these. */
  done(responseId: string): boolean {
    return this.#running.delete(responseId);
  }

  /** Takes an error that names the event of a request; false when it is about something else. */
  refuse(error: RealtimeError): boolean {
    for (const [key, { request, deadline }] of this.#requests ?? []) {
      if (error.eventId !== request.eventId) continue;
      deadline?.stop();
      this.#requests?.delete(key);
      request.reject(error);
      return true;
    }
    return false;
  }

  /** The connection is gone: the requests are kept for the next one. */
  suspend(): void {
    for (const { deadline } of this.#requests?.values() ?? []) deadline?.stop();
    this.#running.clear();
  }

  /** There is a connection again. */
  resume(): void {
    // Sending replaces the entry: a loop over the map itself would meet it again.
    const entries = [...(this.#requests?.values() ?? [])];
    for (const { request } of entries) this.send(request);
  }

  /** Forgets all; returns the requests that are not settled. */
  takeAll(): readonly ResponseRequest[] {
    this.suspend();
    const requests = [...(this.#requests?.values() ?? [])].map(({ request }) => request);
    this.#requests = undefined;
    return requests;
  }
}
