import type { TSchema } from "@sinclair/typebox";
import { Type } from "../protocol/schema-builder";
import {
  ExpiresAfterSchema,
  type ClientSecretRequest,
  type ClientSecretResponse,
} from "../protocol/client-secret";
import { RealtimeError } from "../protocol/errors";
import { isObject, membersIn, type Members } from "../protocol/members";
import {
  TranslationSettingsSchema,
  type TranslationSecretRequest,
  type TranslationSecretResponse,
} from "../protocol/translation-secret";
import { validateSettings, validateShape, type Problem } from "../protocol/validate";
import { post, type RestOptions } from "./http";
import { RestError } from "./rest-error";
import type { RestTarget } from "./target";

const LifetimeSchema = Type.Object({ expires_after: Type.Optional(ExpiresAfterSchema) });

/**
 * Creates a secret that others can connect with instead of the key, such as a browser. It lives for
 * `expires_after.seconds` (10 to 7,200, by default 600), can open several sessions until then, and
 * whoever connects with it may change the settings: it is a short-lived key, not a fence.
 *
 * The answer is the server's, whole: members that are null or not known here are kept. Its
 * `session.expires_at` is 0 as long as nobody has connected; the secret's own is `expires_at`. xAI,
 * whose secrets hold no settings, answers without `session`.
 *
 * @throws RealtimeError as a rejection: `invalid_settings` before anything is sent; else `RestError`.
 */
export async function createClientSecret(
  endpoint: RestTarget,
  request: ClientSecretRequest,
  options?: RestOptions,
): Promise<ClientSecretResponse> {
  checkLifetime(request);
  if (request.session !== undefined) refuse(validateSettings(request.session, endpoint.strictness));
  const answer = await post(endpoint, "/client_secrets", request, options);
  return parseSecret(answer, isClientSecret);
}

/**
 * The same for a session that translates. Such sessions speak a protocol of their own: with the
 * secret, another program connects.
 *
 * @throws RealtimeError as `createClientSecret`.
 */
export async function createTranslationSecret(
  endpoint: RestTarget,
  request: TranslationSecretRequest,
  options?: RestOptions,
): Promise<TranslationSecretResponse> {
  checkLifetime(request);
  refuse(problemsIn(request.session, "session", TranslationSettingsSchema));
  const answer = await post(endpoint, "/translations/client_secrets", request, options);
  return parseSecret(answer, isTranslationSecret);
}

/**
 * A copy of an answer in which the credentials of MCP servers are blanked out: a server may echo
 * them, and whoever gets the secret must not get those.
 */
export function withoutToolCredentials(answer: ClientSecretResponse): ClientSecretResponse {
  const copy = structuredClone(answer);
  // A server of another make may leave out the types, and write null, whatever our type says.
  const { tools } = membersIn(copy.session);
  for (const tool of Array.isArray(tools) ? tools : []) {
    const { authorization, headers } = membersIn(tool);
    if (authorization) Reflect.set(tool, "authorization", BLANK);
    if (headers) Reflect.set(tool, "headers", blanked(headers));
  }
  return copy;
}

/** Headers whose names alone are to be seen; of what is no object, nothing. */
function blanked(headers: unknown): unknown {
  if (!isObject(headers)) return BLANK;
  return Object.fromEntries(Object.keys(headers).map((name) => [name, BLANK]));
}

const BLANK = "***";

function checkLifetime({ expires_after }: Pick<ClientSecretRequest, "expires_after">): void {
  // Other members of the request have rules of their own.
  const lifetime = expires_after === undefined ? {} : { expires_after };
  refuse(problemsIn(lifetime, "", LifetimeSchema));
}

function problemsIn(value: unknown, path: string, schema: TSchema): readonly Problem[] {
  return validateShape(value, { key: `secret: ${path}`, path, schema });
}

function refuse([problem]: readonly Problem[]): void {
  if (problem === undefined) return;
  throw new RealtimeError("invalid_settings", problem.message, { param: problem.path });
}

function parseSecret<Secret>(
  text: string,
  isSecret: (value: Members) => value is Members & Secret,
) {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    // Told below: the parser's own error would quote the answer, and with it the secret.
  }
  if (isObject(answer) && isSecret(answer)) return answer;
  throw new RestError("bad_answer", "The server's answer holds no client secret");
}

/**
 * Only what a secret is useless without: of the session nothing is refused, and xAI tells of none.
 */
function isClientSecret(answer: Members): answer is Members & ClientSecretResponse {
  return holdsSecret(answer);
}

function isTranslationSecret(answer: Members): answer is Members & TranslationSecretResponse {
  return holdsSecret(answer);
}

function holdsSecret({ value, expires_at }: Members): boolean {
  return typeof value === "string" && value !== "" && typeof expires_at === "number";
}
