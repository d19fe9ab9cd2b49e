import type { IncomingHttpHeaders } from "node:http";
import { errorInBody, retryAfterIn } from "../protocol/http-refusal";
import { RestError } from "./rest-error";

/** An HTTP answer, whole. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Codes and ids of a server are short words; anything else is not shown. */
const WORD = /^[\w.:-]{1,64}$/;

/** A path such as `session.tools[0].name`. */
const PATH = /^[\w.[\]$-]{1,200}$/;

/** The error for an answer that is not a success; undefined for one that is. */
export function refusalOf(answer: HttpAnswer): RestError | undefined {
  const { status, headers } = answer;
  if (status >= 200 && status < 300) return undefined;
  const error = errorInBody(answer.body);
  const requestId = shown(headers["x-request-id"] ?? headers["apim-request-id"], WORD);
  const retryAfterMs = retryAfterIn(headers, Date.now());
  const code = shown(error["code"], WORD);
  const param = shown(error["param"], PATH);
  const said = [code, param].filter((word) => word !== null).join(", ");
  const details = [
    said === "" ? "" : ` (${said})`,
    retryAfterMs === null ? "" : `, to be asked again in ${Math.ceil(retryAfterMs / 1000)} s`,
    requestId === null ? "" : `, request ${requestId}`,
  ].join("");
  return new RestError(code ?? codeOf(status), `${reasonOf(status)}: HTTP ${status}${details}`, {
    status,
    requestId,
    retryAfterMs,
    param,
    type: shown(error["type"], WORD),
  });
}

function reasonOf(status: number): string {
  if (status < 400) return "The server points to another address, where the key must not go";
  if (status === 401 || status === 403) return "The server refused the key";
  if (status === 404) return "The server does not know what was asked for";
  if (status === 429) return "The server is asked too often, or the account is spent";
  if (status < 500) return "The server refused the request";
  return "The server failed";
}

/** A code where the server gives none; as sockets have it. */
function codeOf(status: number): string {
  if (status < 400) return "redirected";
  if (status === 401) return "unauthorized";
  if (status === 403) return "forbidden";
  return `http_${status}`;
}

function shown(value: unknown, pattern: RegExp): string | null {
  return typeof value === "string" && pattern.test(value) ? value : null;
}
