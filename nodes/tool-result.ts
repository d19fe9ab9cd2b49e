import type { Node, NodeAPI, NodeDef, NodeMessage } from "node-red";
import { RealtimeError, type AnswerOptions } from "../lib/index";
import { choiceOf, wholeTextOf } from "./form-values";
import type { LiveSessions } from "./live-sessions";
import { realtimeIn } from "./message-members";
import { endWith } from "./realtime-error";
import { sessionKeyOf } from "./session-key";
import { useSession } from "./session-user";
import { sayUnusable } from "./unusable-form";

interface ToolResultDef extends NodeDef {
  session: string;
  /** What a message is without `msg.action`: a result, or a decision on a call that waits for one. */
  mode: "result" | "decision";
  /** The tool whose only open call is meant when a message has lost `msg.realtime`. */
  tool: string;
  /** What follows: the model reacts, keeps silent, or reacts as told. */
  respond: "model" | "none" | "instructions";
  instructions: string;
}

export default function register(RED: NodeAPI): void {
  function ToolResultConstructor(this: Node, config: ToolResultDef): void {
    RED.nodes.createNode(this, config);
    let mode: ToolResultDef["mode"];
    let respond: ToolResultDef["respond"];
    try {
      mode = choiceOf(config, "mode", ["result", "decision"]) ?? "result";
      respond = choiceOf(config, "respond", ["model", "none", "instructions"]) ?? "model";
    } catch (error) {
      sayUnusable(RED, this, error);
      return;
    }
    useSession(RED, this, config.session, ({ sessions }) => {
      const answer = async (message: NodeMessage): Promise<void> => {
        const action = actionOf(message, mode);
        const { key, callId } = callOf(message, action, config.tool, sessions);
        const session = sessions.peek(key);
        if (session === undefined)
          throw new RealtimeError(
            "no_such_call",
            "The session of this tool call has ended, or belongs to another session node",
          );
        switch (action) {
          case "result":
            await session.answer(callId, message.payload, answerOptions(config, respond));
            return;
          case "approve":
            session.approve(callId);
            return;
          case "deny":
            await session.deny(callId, reasonIn(message));
        }
      };

      return {
        input: (message, _send, done) => endWith(RED, this, answer(message), done),
        close: () => undefined,
      };
    });
  }

  RED.nodes.registerType("openai-realtime-tool-result", ToolResultConstructor);
}

type Action = "result" | "approve" | "deny";

/** What a message wants: `msg.action` says it, else `msg.payload` of a decision does. */
function actionOf(
  { action, payload }: NodeMessage & { action?: unknown },
  mode: ToolResultDef["mode"],
): Action {
  // Another word may be meant for a node further on: a flow's nodes share `msg.action`.
  if (action === "approve" || action === "deny") return action;
  if (mode !== "decision") return "result";
  if (typeof payload === "boolean") return payload ? "approve" : "deny";
  throw new RealtimeError(
    "bad_decision",
    "A decision is msg.payload true or false, or msg.action approve or deny",
    { param: "msg.payload" },
  );
}

/** Why a call is denied, as the model is told. */
function reasonIn({ reason }: NodeMessage & { reason?: unknown }): string | undefined {
  return typeof reason === "string" && reason.trim() !== "" ? reason : undefined;
}

/**
 * The call that a message is for: the one it carries, else the only one of the tool that waits for
 * its result, or for a decision.
 */
function callOf(
  message: NodeMessage,
  action: Action,
  tool: string,
  sessions: LiveSessions,
): { key: string; callId: string } {
  const { call } = realtimeIn(message);
  const id: unknown =
    typeof call === "object" && call !== null ? Reflect.get(call, "id") : undefined;
  if (typeof id === "string") return { key: sessionKeyOf(message, ""), callId: id };
  const waiting = action === "result" ? sessions.openCalls(tool) : sessions.undecidedCalls(tool);
  const open = tool === "" ? [] : waiting;
  const [only] = open;
  if (only !== undefined && open.length === 1) return { key: only.key, callId: only.call.id };
  const why = tool === "" ? "no tool is chosen in this node" : howMany(open.length, action, tool);
  throw new RealtimeError(
    "call_lost",
    `The message does not say which tool call it answers, and ${why}: keep msg.realtime on its way through the flow`,
    { param: "msg.realtime.call" },
  );
}

/** How many calls of a tool could be meant, in words: it is not one. */
function howMany(open: number, action: Action, tool: string): string {
  const of = `of the tool "${tool}"`;
  if (action === "result")
    return open === 0 ? `no call ${of} is open` : `${open} calls ${of} are open`;
  return open === 0
    ? `no call ${of} waits for a decision`
    : `${open} calls ${of} wait for a decision`;
}

function answerOptions(config: ToolResultDef, respond: ToolResultDef["respond"]): AnswerOptions {
  switch (respond) {
    case "none":
      return { respond: false };
    case "instructions":
      return { response: { instructions: wholeTextOf(config, "instructions") } };
    case "model":
      return {};
  }
}
