import http, { type ClientRequest, type IncomingMessage } from "node:http";
import https from "node:https";
import { proxyAgent } from "../protocol/proxy-agent";
import { tlsProblem } from "../protocol/tls-problem";
import { refusalOf, type HttpAnswer } from "./refusal";
import { RestError } from "./rest-error";
import type { RestTarget } from "./target";

/** How a call over HTTP is made. */
export interface RestOptions {
  /** How long one try may take, its whole answer included, in ms; 30 s by default. */
  readonly timeoutMs?: number;
  /** Gives the call up. */
  readonly signal?: AbortSignal | undefined;
  /** Waits between tries; that of a real clock when absent. */
  readonly wait?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

const TIMEOUT = 30_000;

/** Longest answer that is read, in bytes: settings with many tools are some hundred KiB. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** Tries in all. */
const MAX_TRIES = 3;

/** Longest wait for another try, in ms: the message that asks for it waits, too. */
const MAX_WAIT = 10_000;

/** The wait after a connection that was not made, doubled each time, in ms. */
const FIRST_WAIT = 500;

/** Failures from before anything of a request was sent. */
const NOT_SENT: ReadonlySet<string> = new Set(["ECONNREFUSED", "EAI_AGAIN"]);

/**
 * POSTs JSON to a path below the target's address and returns the text of the answer.
 *
 * What is called here is not idempotent: a call must not be accepted twice, and no second secret
 * made behind an answer that was lost. So it is tried again only where it was certainly not carried
 * out: no connection was made, or the server turned it away with 429 or 503 and said when to come
 * back. A redirect is never followed, as it would take the key along.
 *
 * @throws RestError as a rejection.
 */
export async function post(
  target: RestTarget,
  path: string,
  body: object | undefined,
  options: RestOptions = {},
): Promise<string> {
  const { signal, wait = waitFor } = options;
  // The error of the URL parser would hold the whole address.
  if (!URL.canParse(target.url))
    throw new RestError("invalid_url", "The target's address is not one of a server");
  const url = new URL(target.url);
  url.pathname += path;
  const text = body === undefined ? "" : JSON.stringify(body);
  for (let tries = 1; ; tries += 1) {
    const outcome = await tryOnce({ target, url, text, options, tries });
    if (outcome.kind === "answered") return outcome.text;
    const { error, retryInMs } = outcome;
    if (retryInMs === undefined || retryInMs > MAX_WAIT || tries === MAX_TRIES) throw error;
    await wait(retryInMs, signal);
  }
}

interface Try {
  readonly target: RestTarget;
  readonly url: URL;
  readonly text: string;
  readonly options: RestOptions;
  /** How many there have been, this one included. */
  readonly tries: number;
}

type Outcome =
  | { readonly kind: "answered"; readonly text: string }
  /** `retryInMs`: when it may be tried again; undefined for never. */
  | {
      readonly kind: "failed";
      readonly error: RestError;
      readonly retryInMs?: number | undefined;
    };

async function tryOnce(request: Try): Promise<Outcome> {
  let answer: HttpAnswer;
  try {
    answer = await exchange(request);
  } catch (error) {
    if (error instanceof RestError) return { kind: "failed", error };
    const code = codeOf(error);
    return {
      kind: "failed",
      error: new RestError("connection_failed", `No connection to the server: ${code}`),
      retryInMs: NOT_SENT.has(code) ? FIRST_WAIT * 2 ** (request.tries - 1) : undefined,
    };
  }
  const error = refusalOf(answer);
  if (error === undefined) return { kind: "answered", text: answer.body };
  const isTurnedAway = error.status === 429 || error.status === 503;
  return {
    kind: "failed",
    error,
    retryInMs: (isTurnedAway ? error.retryAfterMs : null) ?? undefined,
  };
}

/** One request and its whole answer. Rejects with a `RestError`, or with an error of Node.js. */
function exchange({ target, url, text, options }: Try): Promise<HttpAnswer> {
  const { timeoutMs = TIMEOUT, signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(aborted());
      return;
    }
    const problem = url.protocol === "https:" ? tlsProblem(target.tls) : undefined;
    if (problem !== undefined) {
      reject(new RestError("tls_failed", problem));
      return;
    }
    let request: ClientRequest | undefined;
    /** The connection to the proxy, which the request does not have before the proxy has answered. */
    const way = new AbortController();
    const fail = (error: unknown): void => {
      cleanUp();
      reject(error);
      request?.destroy();
      way.abort();
    };
    const timer = setTimeout(() => {
      fail(new RestError("timeout", `The server did not answer within ${timeoutMs / 1000} s`));
    }, timeoutMs);
    const onAbort = (): void => fail(aborted());
    const cleanUp = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
    signal?.addEventListener("abort", onAbort);

    const onResponse = (response: IncomingMessage): void => {
      readAnswer(response).then((answer) => {
        cleanUp();
        resolve(answer);
      }, fail);
    };
    try {
      const open = url.protocol === "https:" ? https.request : http.request;
      request = open(url, {
        ...target.tls,
        method: "POST",
        headers: headersOf(target, text),
        // A connection of its own: one that was kept may end at the moment it is used.
        agent:
          target.proxy === undefined
            ? false
            : proxyAgent(target.proxy, (status) => fail(refusalOfProxy(status)), way.signal),
      });
    } catch (error) {
      fail(error);
      return;
    }
    request.on("response", onResponse);
    // It may come after the end too, where the connection is torn down.
    request.on("error", fail);
    request.end(text);
  });
}

function headersOf({ headers }: RestTarget, text: string): Record<string, string> {
  return {
    ...headers,
    Accept: "application/json",
    ...(text === "" ? {} : { "Content-Type": "application/json" }),
    "Content-Length": String(Buffer.byteLength(text)),
  };
}

/** What a proxy answers is not the server's word about the key. */
function refusalOfProxy(status: number): RestError {
  return status === 407
    ? new RestError("proxy_login", "The proxy asks for a name and password: HTTP 407")
    : new RestError("proxy_refused", `The proxy made no connection: HTTP ${status}`);
}

async function readAnswer(response: IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response) {
      if (!Buffer.isBuffer(chunk)) continue;
      length += chunk.length;
      if (length > MAX_ANSWER_BYTES) break;
      chunks.push(chunk);
    }
  } catch {
    // Told below: what has come is not whole.
  }
  if (length > MAX_ANSWER_BYTES)
    throw new RestError("answer_too_large", "The server's answer is larger than 4 MiB");
  if (!response.complete)
    throw new RestError("answer_cut_off", "The server's answer ended before it was whole");
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: Buffer.concat(chunks).toString("utf8"),
  };
}

function waitFor(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(aborted());
      return;
    }
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(aborted());
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

function aborted(): RestError {
  return new RestError("aborted", "The call was given up before the server had answered");
}

/** Only the code: the text of Node's errors may hold the address. */
function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "ERR_UNKNOWN";
}
