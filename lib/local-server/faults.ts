import type { Static, TProperties, TSchema } from "@sinclair/typebox";
import { KindGuard, Type } from "../protocol/schema-builder";
import { clientEvents, type ClientEventType } from "../protocol/client-events";
import { RealtimeError } from "../protocol/errors";
import { oneOf, settings } from "../protocol/schema";
import { validateShape } from "../protocol/validate";
import { flattenUnion } from "../protocol/validation-schema";

/** HTTP statuses with which a handshake can be refused, with the code that goes with each. */
export const handshakeCodes = {
  401: "invalid_api_key",
  403: "forbidden",
  404: "not_found",
  429: "rate_limit_exceeded",
  500: "server_error",
  503: "service_unavailable",
} as const;

/** Codes of the `error` events of servers, with the class that they give to each. */
export const refusalTypes = {
  invalid_event: "invalid_request_error",
  invalid_value: "invalid_request_error",
  unknown_parameter: "invalid_request_error",
  missing_required_parameter: "invalid_request_error",
  string_above_max_length: "invalid_request_error",
  conversation_already_has_active_response: "invalid_request_error",
  response_cancel_not_active: "invalid_request_error",
  input_audio_buffer_commit_empty: "invalid_request_error",
  item_truncate_invalid_item_id: "invalid_request_error",
  cannot_update_voice: "invalid_request_error",
  unsupported_content_type: "invalid_request_error",
  invalid_api_key: "invalid_request_error",
  model_not_found: "invalid_request_error",
  beta_api_shape_disabled: "invalid_request_error",
  insufficient_quota: "insufficient_quota",
  rate_limit_exceeded: "rate_limit_error",
  server_error: "server_error",
} as const;
export type RefusalCode = keyof typeof refusalTypes;

/** How often a fault happens until the server behaves again. */
const times = (often: number) =>
  Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 1_000_000,
      default: often,
      description: "How often it happens; 0 for every time until the server is told otherwise.",
    }),
  );

const afterEvents = Type.Optional(
  Type.Integer({
    minimum: 0,
    maximum: 1_000_000,
    default: 0,
    description:
      "After so many events to the client, counted from the connection's first one or from when " +
      "the fault was asked for; 0 for at once.",
  }),
);

const frozenFor = Type.Optional(
  Type.Integer({
    minimum: 1,
    maximum: 3_600_000,
    default: 60_000,
    description: "How long, in ms; then the server goes on with what has come meanwhile.",
  }),
);

function fault<const T extends string, P extends TProperties>(
  type: T,
  description: string,
  parameters: P,
) {
  const tag = Type.Literal(type, { description });
  return settings({ ...parameters, type: tag }, { description });
}

/** Every way in which the server can misbehave: the one place where they and their defaults stand. */
export const FaultSchema = Type.Union(
  [
    fault(
      "drop",
      "Breaks the connection without a word; at once, it also breaks one that is just accepted.",
      { afterEvents, times: times(1) },
    ),
    fault("drop_in_call", "Breaks the connection in the middle of a tool call.", {
      at: Type.Optional(
        oneOf(["arguments", "item"], {
          description:
            "After the first piece of the arguments, or after the complete call and before the " +
            "response's end.",
          default: "arguments",
        }),
      ),
      times: times(1),
    }),
    fault(
      "stall",
      "Reads and says nothing more, but keeps the connection open and answers pings.",
      {
        afterEvents,
        ms: frozenFor,
        times: times(1),
      },
    ),
    fault("half_open", "Is gone without closing the connection: reads nothing, answers no ping.", {
      afterEvents,
      ms: frozenFor,
      times: times(1),
    }),
    fault("refuse_handshake", "Refuses the connection with an HTTP status.", {
      status: Type.Optional(
        Type.Union(
          [401, 403, 404, 429, 500, 503].map((status) =>
            Type.Literal(status as keyof typeof handshakeCodes),
          ),
          { description: "The HTTP status.", default: 503 },
        ),
      ),
      retryAfter: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 3600,
          default: 0,
          description: "What the Retry-After header asks for, in seconds; 0 for no such header.",
        }),
      ),
      times: times(1),
    }),
    fault(
      "refuse_session",
      "Accepts the connection, and then sends an error instead of a session.",
      {
        code: Type.Optional(
          oneOf(["invalid_api_key", "model_not_found", "beta_api_shape_disabled", "server_error"], {
            description: "The error's code.",
            default: "invalid_api_key",
          }),
        ),
        times: times(1),
      },
    ),
    fault("refuse_event", "Refuses events of the client with an error.", {
      event: Type.Optional(
        oneOf(Object.keys(clientEvents) as ClientEventType[], {
          description: "The type of the events.",
          default: "response.create",
        }),
      ),
      code: Type.Optional(
        oneOf(Object.keys(refusalTypes) as RefusalCode[], {
          description: "The error's code.",
          default: "server_error",
        }),
      ),
      withEventId: Type.Optional(
        Type.Boolean({
          default: true,
          description: "Whether the error names the event that is refused.",
        }),
      ),
      times: times(1),
    }),
    fault("fail_response", "Ends a response as failed.", {
      code: Type.Optional(
        oneOf(["insufficient_quota", "rate_limit_exceeded", "model_not_found", "server_error"], {
          description: "The code of the response's error.",
          default: "server_error",
        }),
      ),
      times: times(1),
    }),
    fault("expire", "Ends the session as at the end of its hour: an error, then a close.", {
      afterEvents,
      times: times(1),
    }),
    fault("garble", "Cuts a frame, so that it is no JSON. Its event is lost.", {
      afterEvents,
      times: times(1),
    }),
    fault("unknown_events", "Sends an event of an unknown type.", { afterEvents, times: times(1) }),
    fault("large_frame", "Sends a huge event of an unknown type.", {
      bytes: Type.Optional(
        Type.Integer({
          minimum: 1000,
          maximum: 48_000_000,
          default: 20_000_000,
          description: "The size of the frame, in bytes.",
        }),
      ),
      afterEvents,
      times: times(1),
    }),
    fault("delay", "Delays each event to the client. Their order stays.", {
      ms: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 60_000,
          default: 500,
          description: "By how much, in ms.",
        }),
      ),
    }),
    fault("reorder", "Exchanges neighbouring events whose order the protocol leaves open.", {
      seed: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 4_294_967_295,
          default: 1,
          description: "The same number makes the same choices.",
        }),
      ),
    }),
  ],
  { $id: "Fault", description: "A way in which the built-in server misbehaves." },
);

/** A fault as it is asked for: what is left out has its default. */
export type FaultRequest = Static<typeof FaultSchema>;

type Complete<F> = F extends unknown ? { readonly [M in keyof F]-?: F[M] } : never;

/** A fault with all its parameters. */
export type Fault = Complete<FaultRequest>;
export type FaultType = Fault["type"];
export type FaultOf<T extends FaultType> = Extract<Fault, { type: T }>;

/** Faults that may be in force at once. */
const MAX_FAULTS = 16;

/**
 * The faults that a value asks for, complete: one, a list of them, or none for null. `path` is what
 * an error calls the value.
 *
 * @throws RealtimeError `invalid_fault`, with the path of the member at fault as `param`.
 */
export function readFaults(value: unknown, path = "faults"): readonly Fault[] {
  if (value === null) return [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length > MAX_FAULTS)
    throw new RealtimeError("invalid_fault", `${path} holds more than ${MAX_FAULTS} faults.`, {
      param: path,
    });
  return list.map((request, index) =>
    readFault(request, Array.isArray(value) ? `${path}[${index}]` : path),
  );
}

function readFault(request: unknown, path: string): Fault {
  const [problem] = validateShape(request, { key: "fault", path, schema: FaultSchema });
  if (problem !== undefined)
    throw new RealtimeError("invalid_fault", problem.message, { param: problem.path });
  const known = request as FaultRequest;
  const { parameters = [] } = faultTypes.find(({ type }) => type === known.type) ?? {};
  const defaults = Object.fromEntries(
    parameters.map((parameter) => [parameter.name, parameter.default]),
  );
  return { ...defaults, ...known } as Fault;
}

/** A parameter of a fault, as a form needs it. */
export interface FaultParameter {
  readonly name: string;
  readonly description: string;
  readonly default: string | number | boolean;
  /** The values that are allowed, where they are few. */
  readonly choices?: readonly (string | number)[];
  readonly minimum?: number;
  readonly maximum?: number;
}

/** A fault, as a form needs it. */
export interface FaultInfo {
  readonly type: FaultType;
  readonly description: string;
  readonly parameters: readonly FaultParameter[];
}

/** All faults in the order of the schema. */
export const faultTypes: readonly FaultInfo[] = FaultSchema.anyOf.map((schema) => {
  const { type, ...parameters } = schema.properties;
  return {
    type: type.const,
    description: String(schema.description),
    parameters: Object.entries(parameters).map(([name, member]) => parameterOf(name, member)),
  };
});

function parameterOf(name: string, schema: TSchema): FaultParameter {
  const { minimum, maximum } = schema as { minimum?: number; maximum?: number };
  const choices = flattenUnion(schema).flatMap((branch) =>
    KindGuard.IsLiteral(branch) && typeof branch.const !== "boolean" ? [branch.const] : [],
  );
  return {
    name,
    description: String(schema.description),
    default: schema.default as FaultParameter["default"],
    ...(choices.length > 0 ? { choices } : {}),
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
  };
}
