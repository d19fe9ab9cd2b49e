import { randomBytes } from "node:crypto";
import type { NodeAPI } from "node-red";

/** How long an address can be fetched, in ms. */
const LIFETIME = 60_000;
/** Addresses that wait to be fetched; the oldest goes when there are more. */
const LIMIT = 16;
const PATH = "/openai-realtime/audio";

interface Link {
  readonly bytes: Buffer;
  readonly expiry: NodeJS.Timeout;
}

/** Audio that a player fetches by an address: each address serves once, and not for long. */
export class AudioLinks {
  readonly #links = new Map<string, Link>();

  constructor(RED: NodeAPI) {
    RED.httpNode.get(`${PATH}/:token.wav`, (request, response) => {
      const token = String(request.params["token"]);
      const link = this.#links.get(token);
      if (link === undefined) {
        response.sendStatus(404);
        return;
      }
      // Players ask for the head first: the audio is still to be fetched.
      if (request.method !== "HEAD") this.#forget(token);
      response.set({
        "Content-Type": "audio/wav",
        "Content-Length": String(link.bytes.length),
        "Cache-Control": "no-store",
      });
      response.end(request.method === "HEAD" ? undefined : link.bytes);
    });
  }

  /** Offers a WAV file; returns the path of its address under Node-RED's HTTP root. */
  offer(bytes: Buffer): string {
    const [oldest] = this.#links.keys();
    if (oldest !== undefined && this.#links.size >= LIMIT) this.#forget(oldest);
    // 128 random bits: nobody guesses it.
    const token = randomBytes(16).toString("hex");
    const expiry = setTimeout(() => this.#forget(token), LIFETIME);
    expiry.unref();
    this.#links.set(token, { bytes, expiry });
    return `${PATH}/${token}.wav`;
  }

  #forget(token: string): void {
    clearTimeout(this.#links.get(token)?.expiry);
    this.#links.delete(token);
  }
}
