import type { TSchema } from "@sinclair/typebox";
import type { Ajv, ValidateFunction } from "ajv";
import type { ClientEvent } from "./client-events";
import { eventTypes } from "./event-types";
import { MAX_APPEND_BASE64_LENGTH, MAX_EVENT_ID_LENGTH } from "./limits";
import { isObject, type Members } from "./members";
import { knownMember } from "./known-members";
import { kindOf, missing, type Problem, problemsOf, shown, sized, wrong } from "./problem";
import { SessionSettingsSchema } from "./session-settings";
import { closest } from "./suggestion";
import { type Mode, ValidationSchemaBuilder } from "./validation-schema";

export type { Problem } from "./problem";

/**
 * How strictly an event is looked at before it is sent.
 * - `openai`: as OpenAI's server does: closed enums, ranges, lengths, and no unknown members in
 *   the settings of sessions, responses and tools.
 * - `compatible`: the types of known members only; other servers know other values and members.
 */
export type Strictness = "openai" | "compatible";

/** An event that may be sent, or what is wrong with it. */
export type Validated =
  | { readonly ok: true; readonly event: ClientEvent }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Most problems reported for one value. */
const MAX_PROBLEMS = 20;

/**
 * Checks an event in GA form before it is sent. Never throws and never changes the event. An
 * `input_audio_buffer.append` is checked by hand, so that a frame of audio costs next to nothing:
 * its base64 is not looked into.
 */
export function validateClientEvent(event: unknown, strictness: Strictness = "openai"): Validated {
  if (!isObject(event)) return refused(wrong("invalid_type", "", kindOf(event), "an object"));
  if (event["type"] === "input_audio_buffer.append") return validateAppend(event);
  const { type } = event;
  if (typeof type !== "string") {
    return refused(
      type === undefined
        ? missing("type", "the type of a client event")
        : wrong("invalid_type", "type", kindOf(type), "the type of a client event"),
    );
  }
  const info = eventTypes.get(type);
  if (info?.direction !== "client") return refused(unknownEvent(type));
  const validate = validatorOf(strictness, type, info.schema);
  if (isClientEvent(event, validate)) return { ok: true, event };
  return { ok: false, problems: problemsIn(validate, "", info.schema) };
}

/**
 * Compares an event of a server with what is documented; empty when it fits, or when its type is
 * not known. Members that are not known are fine, and so is null for an optional one. Reports the
 * first problem only. Never throws.
 */
export function validateServerEvent(event: unknown): readonly Problem[] {
  if (!isObject(event)) return [wrong("invalid_type", "", kindOf(event), "an object")];
  const { type } = event;
  if (typeof type !== "string") return [missing("type", "the type of an event")];
  const info = eventTypes.get(type);
  if (info?.direction !== "server") return [];
  const validate = validatorOf("received", type, info.schema);
  return validate(event) ? [] : problemsIn(validate, "", info.schema);
}

/**
 * Checks settings, or a change of settings, as `session.update` carries them. Without a `type` they
 * count as those of a "realtime" session. Paths begin with `session.`, as servers name them.
 */
export function validateSettings(
  settings: unknown,
  strictness: Strictness = "openai",
): readonly Problem[] {
  const value =
    isObject(settings) && settings["type"] === undefined
      ? { ...settings, type: "realtime" }
      : settings;
  const validate = validatorOf(strictness, "settings of a session", SessionSettingsSchema);
  return validate(value) ? [] : problemsIn(validate, "session", SessionSettingsSchema);
}

/**
 * Checks a value of another shape of ours as strictly as the shape is written. `key` names the shape;
 * `path` is what the problems call the value.
 */
export function validateShape(
  value: unknown,
  { key, path, schema }: { readonly key: string; readonly path: string; readonly schema: TSchema },
): readonly Problem[] {
  const validate = validatorOf("openai", key, schema);
  return validate(value) ? [] : problemsIn(validate, path, schema);
}

function validateAppend(event: Members): Validated {
  const { audio, event_id: eventId } = event;
  const problems: Problem[] = [];
  if (audio === undefined) problems.push(missing("audio", "audio as base64"));
  else if (typeof audio !== "string") {
    problems.push(wrong("invalid_type", "audio", kindOf(audio), "audio as base64"));
  } else if (audio.length > MAX_APPEND_BASE64_LENGTH) {
    const allowed = `at most 15 MiB of audio (${MAX_APPEND_BASE64_LENGTH} characters of base64)`;
    problems.push(wrong("too_large", "audio", sized(audio), allowed));
  }
  const allowedId = `a text of at most ${MAX_EVENT_ID_LENGTH} characters`;
  if (eventId !== undefined && typeof eventId !== "string") {
    problems.push(wrong("invalid_type", "event_id", kindOf(eventId), allowedId));
  } else if (eventId !== undefined && eventId.length > MAX_EVENT_ID_LENGTH) {
    problems.push(wrong("too_large", "event_id", sized(eventId), allowedId));
  }
  return isAppend(event, problems) ? { ok: true, event } : { ok: false, problems };
}

function isClientEvent(event: Members, validate: ValidateFunction): event is ClientEvent {
  return validate(event);
}

function isAppend(
  event: Members,
  problems: readonly Problem[],
): event is Extract<ClientEvent, { type: "input_audio_buffer.append" }> {
  return event["type"] === "input_audio_buffer.append" && problems.length === 0;
}

function unknownEvent(type: string): Problem {
  const received = shown(type);
  const code = "unknown_event";
  const known = eventTypes.get(type);
  if (known !== undefined) {
    const origin = known.direction === "server" ? "the server" : "this library";
    const message = `type is ${received}, an event that comes from ${origin}; it cannot be sent.`;
    return { path: "type", message, received, allowed: null, code };
  }
  const clientTypes = [...eventTypes.values()]
    .filter((info) => info.direction === "client" && info.dialects.includes("ga"))
    .map((info) => info.type);
  const suggestion = closest(type, clientTypes);
  const sentence = `type is ${received}, but must be the type of a client event.`;
  const message = suggestion ? `${sentence} Did you mean "${suggestion}"?` : sentence;
  return { path: "type", message, received, allowed: suggestion, code };
}

function refused(problem: Problem): Validated {
  return { ok: false, problems: [problem] };
}

interface Engine {
  readonly ajv: Ajv;
  readonly builder: ValidationSchemaBuilder;
  readonly validators: Map<string, ValidateFunction>;
}

const engines = new Map<Mode, Engine>();

/** ajv and the validators come into being when they are first needed: all at once take 0.4 s. */
function validatorOf(mode: Mode, key: string, schema: TSchema): ValidateFunction {
  const engine = engines.get(mode) ?? createEngine(mode);
  engines.set(mode, engine);
  let validate = engine.validators.get(key);
  if (validate === undefined) {
    const isEvent = eventTypes.has(key);
    validate = engine.ajv.compile(
      isEvent ? engine.builder.event(schema) : engine.builder.value(schema),
    );
    engine.validators.set(key, validate);
  }
  return validate;
}

function createEngine(mode: Mode): Engine {
  const { Ajv } = require("ajv") as typeof import("ajv");
  const ajv = new Ajv({
    strict: false,
    // Of what a server sends one problem is enough: a frame may hold millions.
    allErrors: mode !== "received",
    verbose: true,
    // Each shape with an id is compiled once and called, not copied into every event.
    inlineRefs: false,
    meta: false,
    validateSchema: false,
    // Optimising the code of a validator takes longer than most of them ever run.
    code: { optimize: false },
  });
  const builder = new ValidationSchemaBuilder(mode, (id, schema) => ajv.addSchema(schema, id));
  return { ajv, builder, validators: new Map() };
}

function problemsIn(validate: ValidateFunction, root: string, schema: TSchema): readonly Problem[] {
  const errors = validate.errors ?? [];
  // They refer to the value, which ajv would keep until the next one.
  validate.errors = null;
  const suggest = (path: string, name: string) => knownMember(schema, root, path, name);
  return problemsOf(errors.slice(0, 10 * MAX_PROBLEMS), root, suggest).slice(0, MAX_PROBLEMS);
}
