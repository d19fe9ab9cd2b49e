import type { Ajv, ValidateFunction } from "ajv";
import { RealtimeError, reasonOf } from "../protocol/errors";
import { isObject, membersIn } from "../protocol/members";
import type { FunctionTool } from "../protocol/tools";
import {
  problemsOf,
  schemaProblem,
  wholeProblem,
  type ArgumentProblems,
} from "./argument-problems";
import { choicesOf, roomOf, withOptionalRoom } from "./room-argument";
import { isTimeout, withinTime } from "./time-limit";

/** A tool that a flow answers. */
export interface ToolDefinition {
  /** The name that the model calls: letters, digits, `_` and `-`, at most 64 characters. */
  readonly name: string;
  /** Tells the model when to call it. */
  readonly description?: string;
  /** JSON Schema of the arguments, an object. */
  readonly parameters: Record<string, unknown>;
  /**
   * The parameter that is the room where the user is: a call may lack it, and then it is that of the
   * session. Default: none.
   */
  readonly roomArgument?: string;
  /** How long the flow may take, in ms: above 0, at most 2,147,483,647. */
  readonly deadlineMs: number;
  /** The output that the model gets when the flow did not answer in time. */
  readonly onDeadline: string;
  /** Whether somebody has to approve each call before the flow runs. Default: no. */
  readonly needsApproval?: boolean;
  /** Whether the model keeps silent about the output. Default: no. */
  readonly isSilent?: boolean;
}

/** A tool that a session leaves out. */
export interface RejectedTool {
  readonly tool: ToolDefinition;
  readonly error: RealtimeError;
}

/** The arguments of a call, or what is wrong with them in words the model can act on. */
export type ToolArguments =
  | { readonly ok: true; readonly arguments: Record<string, unknown> }
  | ({ readonly ok: false } & ArgumentProblems);

const NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** A tool's schema as JSON, in bytes at most. */
const SCHEMA_LIMIT = 65_536;

/** Objects and arrays inside one another in a schema, at most. */
const DEPTH_LIMIT = 20;

/** What a timer can count, in ms. */
const LONGEST_DEADLINE = 2 ** 31 - 1;

/** A call's arguments as JSON, in bytes at most. */
const ARGUMENTS_LIMIT = 65_536;

/** How long the check of a call's arguments may take, in ms: everything else waits for it. */
const LONGEST_CHECK = 500;

/**
 * The tools of a session with their argument schemas compiled. Made anew whenever the tools change,
 * so that compiled schemas of old tools are freed together with their compiler.
 */
export class ToolSchemas {
  readonly #tools = new Map<string, ToolDefinition>();
  readonly #validators = new Map<string, ValidateFunction>();
  /** The tools that could not be taken, with the reason. */
  readonly rejected: readonly RejectedTool[];

  private constructor(tools: readonly ToolDefinition[]) {
    const rejected: RejectedTool[] = [];
    let compiler: Ajv | undefined;
    for (const tool of tools) {
      try {
        compiler ??= newCompiler();
        this.#add(tool, compiler);
      } catch (error) {
        rejected.push({ tool, error: asToolError(tool, error) });
      }
    }
    this.rejected = rejected;
  }

  /**
   * Compiles a set of tools once, however many sessions have it: the sessions of a home have the
   * same, and a compiler with its schemas takes some 60 KiB of each.
   *
   * @throws RealtimeError `invalid_tool` for what is no list.
   */
  static of(tools: readonly ToolDefinition[]): ToolSchemas {
    if (!Array.isArray(tools)) throw new RealtimeError("invalid_tool", "The tools must be a list");
    const known = compiled.get(tools);
    // Somebody may have put another tool into the same list.
    if (known?.tools.length === tools.length && known.tools.every((tool, at) => tool === tools[at]))
      return known.schemas;
    const schemas = new ToolSchemas(tools);
    compiled.set(tools, { tools: [...tools], schemas });
    return schemas;
  }

  /** The tools as the server is told of them. */
  get wire(): FunctionTool[] {
    return [...this.#tools.values()].map((tool) => ({
      type: "function",
      name: tool.name,
      ...(tool.description === undefined || tool.description === ""
        ? {}
        : { description: tool.description }),
      parameters: offeredParameters(tool),
    }));
  }

  get(name: string): ToolDefinition | undefined {
    return this.#tools.get(name);
  }

  /**
   * Parses the JSON text of a call's arguments, checks it against the tool's schema and fills in the
   * room, the session's key.
   */
  parse(name: string, text: string, key: string): ToolArguments {
    if (Buffer.byteLength(text) > ARGUMENTS_LIMIT)
      return { ok: false, ...wholeProblem(`larger than ${ARGUMENTS_LIMIT} bytes`) };
    let parsed: unknown;
    try {
      // A call without parameters has been seen with empty arguments.
      parsed = text.trim() === "" ? {} : JSON.parse(text);
    } catch {
      return { ok: false, ...wholeProblem("not valid JSON") };
    }
    if (!isObject(parsed)) return { ok: false, ...wholeProblem("not a JSON object") };
    const tool = this.#tools.get(name);
    const named = inRoom(tool, { ...parsed }, key);
    const validate = this.#validators.get(name);
    try {
      if (validate === undefined || withinTime(LONGEST_CHECK, () => validate(named)))
        return { ok: true, arguments: named };
    } catch (error) {
      // A schema that refers to itself follows arguments down: in each of several ways, which takes
      // twice as long with every level, or until the stack is full.
      const what = isTimeout(error) ? "too complicated to be checked" : "nested too deep";
      return { ok: false, ...wholeProblem(what) };
    }
    const choices = (parameter: string) => choicesOf(tool?.parameters ?? {}, parameter) ?? [];
    return { ok: false, ...problemsOf(validate.errors ?? [], tool?.roomArgument, choices) };
  }

  #add(tool: ToolDefinition, compiler: Ajv): void {
    if (!NAME.test(nameOf(tool))) {
      throw new RealtimeError(
        "invalid_tool",
        "A tool's name holds 1 to 64 letters, digits, underscores or hyphens",
        { param: "name" },
      );
    }
    if (this.#tools.has(tool.name)) {
      throw new RealtimeError(
        "invalid_tool",
        `Another tool of this session has the name "${tool.name}" already`,
        { param: "name" },
      );
    }
    checkSchema(tool.parameters);
    checkDeadline(tool);
    // The room is filled in before the arguments are checked: the flow needs what the model does not.
    offeredParameters(tool);
    const schema = neededParameters(tool);
    if (compiler.validateSchema(schema) !== true)
      throw new Error(schemaProblem(compiler.errors ?? []));
    this.#validators.set(tool.name, compiler.compile(schema));
    this.#tools.set(tool.name, tool);
  }
}

/** The arguments with the room, where the tool has one, the call does not name it and there is one. */
function inRoom(
  tool: ToolDefinition | undefined,
  named: Record<string, unknown>,
  key: string,
): Record<string, unknown> {
  const room = tool?.roomArgument;
  if (tool === undefined || room === undefined || Object.hasOwn(named, room)) return named;
  const value = roomOf(tool.parameters, room, key);
  return value === undefined ? named : { ...named, [room]: value };
}

function neededParameters({ parameters, roomArgument }: ToolDefinition): object {
  if (roomArgument === undefined) return parameters;
  const required: unknown = parameters["required"];
  return {
    ...parameters,
    required: [
      ...(Array.isArray(required) ? required : []).filter((name) => name !== roomArgument),
      roomArgument,
    ],
  };
}

function offeredParameters({ parameters, roomArgument }: ToolDefinition): Record<string, unknown> {
  return roomArgument === undefined ? parameters : withOptionalRoom(parameters, roomArgument);
}

/** What was compiled of lists of tools that are still in use. */
const compiled = new WeakMap<
  readonly ToolDefinition[],
  { readonly tools: readonly ToolDefinition[]; readonly schemas: ToolSchemas }
>();

/** ajv is loaded with the first tool: it takes a tenth of what loading this library takes. */
function newCompiler(): Ajv {
  const { Ajv } = require("ajv") as typeof import("ajv");
  const compiler = new Ajv({
    strict: false,
    allErrors: true,
    // A schema comes from a person; its `format`s are hints to the model, not ours to judge.
    validateFormats: false,
    addUsedSchema: false,
    // It is done before, with better words.
    validateSchema: false,
    // A parameter may be called "constructor", which every object inherits.
    ownProperties: true,
    logger: false,
  });
  // `^(a+)+$` on 28 characters blocks the process for ten seconds (measured): a pattern remains a
  // hint to the model.
  compiler.removeKeyword("pattern");
  return compiler;
}

function checkSchema(schema: unknown): void {
  if (!isObject(schema)) throw new Error("must be a JSON Schema object");
  const { type } = schema;
  // A server may refuse all settings of the session over it.
  if (type !== undefined && type !== "object")
    throw new Error('must describe an object: its type is "object"');
  checkDepth(schema, 1);
  if (Buffer.byteLength(JSON.stringify(schema)) > SCHEMA_LIMIT)
    throw new Error(`is larger than ${SCHEMA_LIMIT} bytes`);
}

function checkDepth(value: unknown, depth: number): void {
  if (typeof value !== "object" || value === null) return;
  if (depth > DEPTH_LIMIT) throw new Error(`is nested deeper than ${DEPTH_LIMIT} levels`);
  for (const [name, member] of Object.entries(value)) {
    if (name === "patternProperties") throw new Error('must not hold "patternProperties"');
    if (name === "$ref" && typeof member === "string" && !member.startsWith("#"))
      throw new Error("must not refer to another document by $ref");
    checkDepth(member, depth + 1);
  }
}

/** A call without a deadline would end at once, and one without an output for it in an error. */
function checkDeadline({ deadlineMs, onDeadline }: ToolDefinition): void {
  if (!(deadlineMs > 0 && deadlineMs <= LONGEST_DEADLINE)) {
    throw new RealtimeError(
      "invalid_tool",
      `A tool's deadline must be a number of ms above 0, at most ${LONGEST_DEADLINE}`,
      { param: "deadlineMs" },
    );
  }
  if (typeof onDeadline === "string") return;
  const text = "What the model gets at a tool's deadline must be a text";
  throw new RealtimeError("invalid_tool", text, { param: "onDeadline" });
}

/** A program without types may take anything for a tool. */
function nameOf(tool: ToolDefinition): string {
  const { name } = membersIn(tool);
  return typeof name === "string" ? name : "";
}

function asToolError(tool: ToolDefinition, error: unknown): RealtimeError {
  if (error instanceof RealtimeError) return error;
  const text = `The parameters of the tool "${nameOf(tool)}": ${reasonOf(error)}`;
  return new RealtimeError("invalid_tool", text, { param: "parameters" });
}

/** The tools that a session would leave out, with the reason for each. */
export function rejectedTools(tools: readonly ToolDefinition[]): readonly RejectedTool[] {
  return ToolSchemas.of(tools).rejected;
}
