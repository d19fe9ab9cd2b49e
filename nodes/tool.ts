import type { Node, NodeAPI, NodeDef, NodeMessage } from "node-red";
import {
  problemOfSentences,
  RealtimeError,
  rejectedTools,
  SENTENCES_KEYWORD,
  type ToolCall,
  type ToolDefinition,
} from "../lib/index";
import { afterDeploys } from "./after-deploys";
import { choiceOf, jsonTextOf, rowsOf, textOf, wholeTextOf } from "./form-values";
import { asRealtimeError, reportError } from "./realtime-error";
import { useSession } from "./session-user";
import { parametersSchema, parseSchema, type ToolParameter } from "./tool-parameters";
import { reportForm } from "./unusable-form";

interface ToolDef extends NodeDef {
  session: string;
  /** Its name to the model. */
  tool: string;
  description: string;
  parametersMode: "list" | "schema";
  parameters: ToolParameter[];
  /** With `schema`: JSON text. */
  schema: string;
  /** What the built-in server hears as a call, line by line; blank for what the schema suggests. */
  sentences?: string;
  /** The argument that is the room, where the call lacks it; blank for none. */
  roomArgument?: string;
  /** How long the flow may take, in s. */
  deadline: string | number;
  /** What the model is told when the flow does not answer in time. */
  onDeadline: string;
  /** Whether calls leave on the second output first, to be approved. */
  approval: boolean;
  /** Whether the model keeps silent about results. */
  silent: boolean;
}

/** In s, where the form says nothing. */
const DEFAULT_DEADLINE = 20;

/** In s: a day. Timers cannot wait for much longer than 24 of them. */
const LONGEST_DEADLINE = 86_400;

const DEFAULT_ON_DEADLINE = "There was no answer in time.";

export default function register(RED: NodeAPI): void {
  // The form asks what a session would say of a tool, before it is deployed.
  RED.httpAdmin.post(
    "/openai-realtime/tool/problem",
    RED.auth.needsPermission("openai-realtime.read"),
    (request, response) => {
      response.json(problemOf(request.body as ToolDef));
    },
  );
  // A person who needs more than the list can say goes on from what it says.
  RED.httpAdmin.post(
    "/openai-realtime/tool/schema",
    RED.auth.needsPermission("openai-realtime.read"),
    (request, response) => {
      response.json({ schema: schemaOfList(request.body as Partial<ToolDef>) });
    },
  );

  function ToolConstructor(this: Node, config: ToolDef): void {
    RED.nodes.createNode(this, config);
    useSession(RED, this, config.session, ({ sessions }) => {
      let isOffered = false;
      const showInvalid = (): void => {
        isOffered = false;
        this.status({ fill: "red", shape: "ring", text: "status.invalid" });
      };
      const reject = (error: RealtimeError): void => {
        showInvalid();
        reportError(RED, this, error);
      };
      const showCalls = (): void => {
        const open = sessions.openCalls(config.tool).length;
        const undecided = sessions.undecidedCalls(config.tool).length;
        if (undecided > 0) {
          const text = RED._("status.undecided", { count: String(undecided) });
          this.status({ fill: "yellow", shape: "dot", text });
        } else if (open > 0) {
          const text = RED._("status.calls", { count: String(open) });
          this.status({ fill: "blue", shape: "dot", text });
        } else {
          this.status({ fill: "green", shape: "dot", text: "status.registered" });
        }
      };
      const onAccepted = (): void => {
        isOffered = true;
        showCalls();
      };
      const messageOf = (key: string, call: ToolCall): NodeMessage & { realtime: object } => {
        const { arguments: payload, ...rest } = call;
        return {
          _msgid: RED.util.generateId(),
          topic: call.name,
          // What is done with the question must not change what is approved.
          payload: structuredClone(payload),
          realtime: { session: key, source: "server", at: Date.now(), call: rest },
        };
      };
      const onCall = (key: string, call: ToolCall): void => {
        this.send(messageOf(key, call));
        showCalls();
      };
      const onCallError = (key: string, error: RealtimeError): void => {
        reportError(RED, this, error, { topic: config.tool, realtime: { session: key } });
      };
      const onApprovalNeeded = (key: string, call: ToolCall): void => {
        this.send([null, messageOf(key, call)]);
        showCalls();
      };

      let unregister = (): void => undefined;
      try {
        const tool = toolOf(config);
        this.status({ fill: "grey", shape: "ring", text: "status.unregistered" });
        unregister = sessions.registerTool({
          tool,
          onCall,
          onApprovalNeeded,
          onCallError,
          onAccepted,
          onRejected: reject,
        });
      } catch (error) {
        showInvalid();
        unregister = reportForm(RED, this, asRealtimeError(error, "invalid_tool"));
      }
      // Where the session's node was not deployed, it has told of the deploy's tools before this was back.
      const stopOffering = afterDeploys(RED, () => {
        stopOffering();
        sessions.applyTools();
      });
      // A call ends when its output has been created, by the flow or by the deadline.
      const unsubscribe = sessions.subscribe({
        callsChanged: (name) => {
          if (isOffered && name === config.tool) showCalls();
        },
      });
      return {
        input: () => undefined,
        close: () => {
          unregister();
          stopOffering();
          unsubscribe();
        },
      };
    });
  }

  RED.nodes.registerType("openai-realtime-tool", ToolConstructor);
}

/** What is wrong with a tool as its form has it, in words, and where; nulls when nothing is. */
function problemOf(form: ToolDef): { problem: string | null; param: string | null } {
  const found = (): RealtimeError | undefined => {
    try {
      return rejectedTools([toolOf(form)])[0]?.error;
    } catch (error) {
      return asRealtimeError(error, "invalid_tool");
    }
  };
  const error = found();
  return { problem: error?.message ?? null, param: error?.param ?? null };
}

/** The JSON Schema of the parameters that a form lists; null where something is wrong with them. */
function schemaOfList(form: Partial<ToolDef>): Record<string, unknown> | null {
  try {
    return parametersSchema(rowsOf(form, "parameters"));
  } catch {
    // The form says what it is, where the parameters stand.
    return null;
  }
}

/**
 * @throws RealtimeError `invalid_tool` for parameters, sentences or a deadline that cannot be,
 *   `invalid_settings` for a variable of a type, or a choice, that its field cannot have.
 */
function toolOf(config: ToolDef): ToolDefinition {
  const roomArgument = textOf(config, "roomArgument");
  return {
    name: config.tool,
    description: config.description,
    parameters: withSentences(
      choiceOf(config, "parametersMode", ["list", "schema"]) === "schema"
        ? parseSchema(jsonTextOf(config, "schema") ?? "")
        : parametersSchema(rowsOf(config, "parameters")),
      wholeTextOf(config, "sentences"),
    ),
    ...(roomArgument === undefined ? {} : { roomArgument }),
    deadlineMs: secondsOf(config.deadline ?? "") * 1000,
    onDeadline: config.onDeadline || DEFAULT_ON_DEADLINE,
    ...(config.approval ? { needsApproval: true } : {}),
    ...(config.silent ? { isSilent: true } : {}),
  };
}

function withSentences(
  parameters: Record<string, unknown>,
  sentences: string,
): Record<string, unknown> {
  const written =
    sentences.trim() === ""
      ? parameters
      : { ...parameters, [SENTENCES_KEYWORD]: sentences.split(/\r\n|\r|\n/) };
  // A JSON Schema may hold sentences of its own: the server would refuse the session for them.
  const problem = problemOfSentences({ parameters: written });
  if (problem === null) return written;
  throw new RealtimeError("invalid_tool", `The sentences: ${problem}`, { param: "sentences" });
}

function secondsOf(deadline: string | number): number {
  if (String(deadline).trim() === "") return DEFAULT_DEADLINE;
  const seconds = Number(deadline);
  if (seconds > 0 && seconds <= LONGEST_DEADLINE) return seconds;
  throw new RealtimeError(
    "invalid_tool",
    `The deadline must be a number of seconds above 0, at most ${LONGEST_DEADLINE}`,
    { param: "deadline" },
  );
}
