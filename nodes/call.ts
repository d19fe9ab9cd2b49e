import type { Node, NodeAPI, NodeDef, NodeMessage } from "node-red";
import { acceptCall, hangUpCall, RealtimeError, referCall, rejectCall } from "../lib/index";
import { serveOverHttp } from "./http-requests";
import { actionIn, realtimeIn } from "./message-members";
import { sessionKeyOf } from "./session-key";
import { readTypedValue } from "./typed-value";

interface CallDef extends NodeDef {
  session: string;
  /** Empty: `msg.action` says it. */
  action: "" | CallAction;
  /** Where the call's id stands. */
  callId: string;
  callIdType: string;
  /** With `reject`: the SIP status that the caller gets. */
  statusCode: string | number;
  /** With `refer`: a `tel:` or `sip:` address. */
  target: string;
  targetType: string;
}

const ACTIONS = ["accept", "reject", "refer", "hangup"] as const;
type CallAction = (typeof ACTIONS)[number];

type CallMessage = NodeMessage & { action?: unknown; realtime?: unknown };

export default function register(RED: NodeAPI): void {
  function CallConstructor(this: Node, config: CallDef): void {
    RED.nodes.createNode(this, config);

    const textOf = async (
      name: string,
      value: string,
      type: string,
      message: NodeMessage,
    ): Promise<string> => {
      const text = await readTypedValue(RED, this, name, { value, type }, message);
      if (typeof text === "string") return text.trim();
      const where = type === "msg" ? `msg.${value}` : name;
      throw new RealtimeError("invalid_value", `${where} must be a text`, { param: where });
    };

    serveOverHttp(RED, this, config.session, async (message: CallMessage, session, signal) => {
      const action = actionIn({ action: config.action || message.action }, ACTIONS);
      const callId = await textOf("callId", config.callId, config.callIdType, message);
      // Before anything is asked: a call that is answered must find its session.
      const key = sessionKeyOf(message, callId);
      const giveUpPlace = action === "accept" ? session.admitCall(key, callId) : undefined;
      try {
        const { endpoint, settings } = await session.overHttp(callId);
        const options = { signal };
        switch (action) {
          case "accept":
            if (settings.type === "transcription") throw noModel();
            await acceptCall(endpoint, callId, settings, options);
            break;
          case "reject":
            await rejectCall(endpoint, callId, statusOf(config), options);
            break;
          case "refer": {
            const uri = await textOf("target", config.target, config.targetType, message);
            await referCall(endpoint, callId, uri, options);
            break;
          }
          case "hangup":
            await hangUpCall(endpoint, callId, options);
            break;
        }
      } catch (error) {
        giveUpPlace?.();
        throw error;
      }
      return forConnect(message, action, { session: key, callId });
    });
  }

  RED.nodes.registerType("openai-realtime-call", CallConstructor);
}

/** The message as a connect node takes it: it opens, or closes, the session beside the call. */
function forConnect(
  message: CallMessage,
  action: CallAction,
  names: { readonly session: string; readonly callId: string },
): NodeMessage {
  const answer: CallMessage = {
    ...message,
    action: action === "accept" ? "connect" : "disconnect",
    realtime: { ...realtimeIn(message), ...names },
  };
  return answer;
}

function statusOf({ statusCode }: CallDef): number | undefined {
  const text = String(statusCode ?? "").trim();
  return text === "" ? undefined : Number(text);
}

function noModel(): RealtimeError {
  return new RealtimeError(
    "wrong_purpose",
    "A call is answered by a session with a model: this one only transcribes",
  );
}
