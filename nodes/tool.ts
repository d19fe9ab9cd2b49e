import type { Node, NodeAPI, NodeDef, NodeMessage } from "node-red";
import { RealtimeError, type ToolCall, type ToolDefinition } from "../lib/index";
import { findSession } from "./session";
import { showMissingSession } from "./status";
import { parametersSchema, parseSchema, type ToolParameter } from "./tool-parameters";

interface ToolDef extends NodeDef {
  session: string;
  /** Its name to the model. */
  tool: string;
  description: string;
  parametersMode: "list" | "schema";
  parameters: ToolParameter[];
  /** With `schema`: JSON text. */
  schema: string;
  /** How long the flow may take, in s. */
  deadline: string | number;
  /** What the model is told when the flow does not answer in time. */
  onDeadline: string;
}

/** In s, where the form says nothing. */
const DEFAULT_DEADLINE = 20;

const DEFAULT_ON_DEADLINE = "There was no answer in time.";

export default function register(RED: NodeAPI): void {
  function ToolConstructor(this: Node, config: ToolDef): void {
    RED.nodes.createNode(this, config);
    const node = findSession(RED, config.session);
    if (node === undefined) {
      showMissingSession(this);
      return;
    }
    node.register(this);
    const { sessions } = node;

    const reject = (error: RealtimeError): void => {
      this.status({ fill: "red", shape: "ring", text: "status.invalid" });
      this.error(error, { _msgid: RED.util.generateId() });
    };
    const showCalls = (): void => {
      const open = sessions.openCalls(config.tool).length;
      this.status(
        open === 0
          ? { fill: "green", shape: "dot", text: "status.registered" }
          : { fill: "blue", shape: "dot", text: RED._("status.calls", { count: String(open) }) },
      );
    };
    const onCall = (key: string, call: ToolCall): void => {
      const { arguments: payload, ...rest } = call;
      const message: NodeMessage & { realtime: object } = {
        _msgid: RED.util.generateId(),
        topic: call.name,
        payload,
        realtime: { session: key, source: "server", at: Date.now(), call: rest },
      };
      this.send(message);
      showCalls();
    };

    let unregister = (): void => undefined;
    try {
      unregister = sessions.registerTool({ tool: toolOf(config), onCall, onRejected: reject });
      showCalls();
    } catch (error) {
      reject(
        error instanceof RealtimeError ? error : new RealtimeError("invalid_tool", String(error)),
      );
    }
    // A call ends when its output has been created, by the flow or by the deadline.
    const unsubscribe = sessions.subscribe({
      callsChanged: (name) => {
        if (name === config.tool) showCalls();
      },
    });
    this.on("close", (removed: boolean, done: () => void) => {
      unregister();
      unsubscribe();
      node.deregister(this, removed, done);
    });
  }

  RED.nodes.registerType("openai-realtime-tool", ToolConstructor);
}

function toolOf(config: ToolDef): ToolDefinition {
  const deadline = Number(config.deadline);
  return {
    name: config.tool,
    description: config.description,
    parameters:
      config.parametersMode === "schema"
        ? parseSchema(config.schema)
        : parametersSchema(config.parameters ?? []),
    deadlineMs: (deadline > 0 ? deadline : DEFAULT_DEADLINE) * 1000,
    onDeadline: config.onDeadline || DEFAULT_ON_DEADLINE,
  };
}
