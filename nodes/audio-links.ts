import { randomBytes } from "node:crypto";
import type { NodeAPI } from "node-red";

/** How long an address can be fetched, in ms. */
const LIFETIME = 60_000;
/** Bytes that wait to be fetched; the oldest goes when there are more, but for a single one. */
const BYTES_LIMIT = 32 * 1024 * 1024;
/** Addresses that wait to be fetched, for those with hardly any sound. */
const LIMIT = 1000;
const PATH = "/openai-realtime/audio";

/** What an address waits by. */
interface Clock {
  /** Calls `callback` once, not before `delay` milliseconds have passed. */
  start(callback: () => void, delay: number): { stop(): void };
}

/** An address that nobody fetches does not keep the process alive. */
const backgroundClock: Clock = {
  start: (callback, delay) => {
    const timeout = setTimeout(callback, delay).unref();
    return { stop: () => clearTimeout(timeout) };
  },
};

interface Link {
  readonly bytes: Buffer;
  readonly onFetched: () => void;
  readonly expiry: ReturnType<Clock["start"]>;
}

/** Audio that a player fetches by an address: each address serves once, and not for long. */
export class AudioLinks {
  readonly #links = new Map<string, Link>();
  readonly #clock: Clock;
  #bytes = 0;

  constructor(httpNode: Pick<NodeAPI["httpNode"], "get">, clock: Clock = backgroundClock) {
    this.#clock = clock;
    httpNode.get(`${PATH}/:token.wav`, (request, response) => {
      const token = String(request.params["token"]);
      const link = this.#links.get(token);
      if (link === undefined) {
        response.sendStatus(404);
        return;
      }
      const { bytes, onFetched } = link;
      // Players ask for the head first: the audio is still to be fetched.
      const isHead = request.method === "HEAD";
      if (!isHead) this.#forget(token);
      response.set({
        "Content-Type": "audio/wav",
        "Content-Length": String(bytes.length),
        "Cache-Control": "no-store",
      });
      response.end(isHead ? undefined : bytes);
      if (!isHead) onFetched();
    });
  }

  /**
   * Offers a WAV file; returns the path of its address under Node-RED's HTTP root.
   *
   * @param onFetched called when somebody fetches it
   */
  offer(bytes: Buffer, onFetched: () => void): string {
    for (const oldest of this.#links.keys()) {
      if (this.#links.size < LIMIT && this.#bytes + bytes.length <= BYTES_LIMIT) break;
      this.#forget(oldest);
    }
    // 128 random bits: nobody guesses it.
    const token = randomBytes(16).toString("hex");
    const expiry = this.#clock.start(() => this.#forget(token), LIFETIME);
    this.#links.set(token, { bytes, onFetched, expiry });
    this.#bytes += bytes.length;
    return `${PATH}/${token}.wav`;
  }

  /** Serves nothing at this path any more. */
  withdraw(path: string): void {
    this.#forget(path.slice(PATH.length + 1, -".wav".length));
  }

  #forget(token: string): void {
    const link = this.#links.get(token);
    if (link === undefined) return;
    link.expiry.stop();
    this.#links.delete(token);
    this.#bytes -= link.bytes.length;
  }
}
