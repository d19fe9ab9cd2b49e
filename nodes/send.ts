import type { Node, NodeAPI, NodeDef, NodeMessage } from "node-red";
import {
  eventTypes,
  membersOf,
  RealtimeError,
  type OutboundEvent,
  type RealtimeSession,
  type SendOptions,
  type Strictness,
} from "../lib/index";
import { rowsOf, textOf } from "./form-values";
import { realtimeIn } from "./message-members";
import { endWith, reportError } from "./realtime-error";
import { approvalItem, pictureItem, textItem } from "./send-items";
import { ownKeyOf, sessionKeyOf } from "./session-key";
import { useSession } from "./session-user";
import { showState } from "./status";
import { readTypedValue } from "./typed-value";

/** A member of the event: where it stands, and what it is to hold. */
interface Field {
  /** Path in the event, e.g. `session.instructions` or `item.content[0].text`. */
  name: string;
  value: string;
  valueType: string;
}

const MODES = ["text", "picture", "announcement", "approval", "event", "message"] as const;

type SendMode = (typeof MODES)[number];

interface SendDef extends NodeDef {
  session: string;
  /** Key of the session where the message names none. */
  key: string;
  mode?: SendMode;
  /** With mode `event`: the type. */
  event: string;
  fields: Field[];
  /** With modes `text` and `announcement`: what is said. */
  text?: string;
  textType?: string;
  /** With mode `picture`: the picture, words to it, and how closely the model looks. */
  picture?: string;
  pictureType?: string;
  caption?: string;
  captionType?: string;
  detail?: "" | "auto" | "low" | "high";
  /** With mode `approval`: whether an MCP tool may be called. */
  answer?: string;
  answerType?: string;
  /** With modes `text` and `picture`, and after a denial: whether the model is asked to answer. */
  respond: boolean;
  /** In the modes in which the model answers: how. */
  instructions: string;
  strictness: "" | Strictness;
}

/** Names that lead out of the event and into what all objects share. */
const FORBIDDEN_NAME = /(?:^|[.[\]"'])(?:__proto__|constructor|prototype)(?:$|[.[\]"'])/;

export default function register(RED: NodeAPI): void {
  RED.httpAdmin.get(
    "/openai-realtime/send/event-types",
    RED.auth.needsPermission("openai-realtime.read"),
    (_request, response) => {
      response.json(
        [...eventTypes.values()]
          .filter(({ direction, dialects }) => direction === "client" && dialects.includes("ga"))
          .map(({ type, description }) => ({ type, description, members: membersOf(type) })),
      );
    },
  );

  function SendConstructor(this: Node, config: SendDef): void {
    RED.nodes.createNode(this, config);
    const ownKey = ownKeyOf(config);
    const strictness = config.strictness ? { strictness: config.strictness } : {};

    /** Reads one field; `name` says which one in an error. */
    const valueOf = (
      name: string,
      value: string,
      type: string,
      message: NodeMessage,
    ): Promise<unknown> => readTypedValue(RED, this, name, { value, type }, message);

    const wordsOf = async (message: NodeMessage): Promise<string> => {
      const { text: value = "payload", textType: type = "msg" } = config;
      const text = await valueOf("text", value, type, message);
      if (typeof text === "string" && text.trim() !== "") return text;
      const where = type === "msg" ? `msg.${value}` : "text";
      throw new RealtimeError("invalid_event", `${where} must be a text that is not empty`, {
        param: where,
      });
    };

    const eventOf = async (message: NodeMessage): Promise<OutboundEvent> => {
      const event: OutboundEvent = { type: config.event };
      for (const { name, value, valueType } of rowsOf(config, "fields")) {
        if (FORBIDDEN_NAME.test(name))
          throw new RealtimeError("invalid_event", `A member "${name}" is not allowed`, {
            param: name,
          });
        const found = await valueOf(name, value, valueType, message);
        RED.util.setObjectProperty(event, name, copyOf(RED, name, found), true);
      }
      return event;
    };

    const sendItem = async (
      session: RealtimeSession,
      item: object,
      respond: boolean,
      instructions: string | undefined,
      options: SendOptions,
    ): Promise<void> => {
      const sent = [session.send({ type: "conversation.item.create", item }, options)];
      if (respond) {
        const how = instructions === undefined ? {} : { response: { instructions } };
        sent.push(session.send({ type: "response.create", ...how }, options));
      }
      await Promise.all(sent);
    };

    useSession(RED, this, config.session, (node) => {
      const { sessions } = node;
      /** The session that asked for an approval; a new connection knows nothing of the request. */
      const askingSession = (key: string): RealtimeSession => {
        const session = sessions.peek(key);
        if (session?.state.status === "ready") return session;
        throw new RealtimeError(
          "approval_void",
          "The connection that asked for this approval has ended: the call is not made",
        );
      };

      /** Everything is read from the message before a session is opened for it, by what it returns. */
      const readFrom = async (message: NodeMessage): Promise<() => Promise<unknown>> => {
        const key = sessionKeyOf(message, ownKey);
        const options: SendOptions = {
          ...strictness,
          ...priorityIn(message),
          // Not with the message, which may be large: it is not kept for an answer that rarely comes.
          onRefused: (error) => reportError(RED, this, error, { realtime: { session: key } }),
        };
        const how = textOf(config, "instructions");
        switch (modeOf(config)) {
          case "text": {
            const item = textItem(await wordsOf(message));
            return () => sendItem(sessions.open(key), item, config.respond, how, options);
          }
          case "picture": {
            const { picture = "payload", pictureType = "msg" } = config;
            const { caption = "", captionType = "str", detail = "" } = config;
            const item = pictureItem(
              await valueOf("picture", picture, pictureType, message),
              await valueOf("caption", caption, captionType, message),
              detail,
            );
            return () => sendItem(sessions.open(key), item, config.respond, how, options);
          }
          case "approval": {
            const { answer = "payload", answerType = "msg" } = config;
            const item = approvalItem(
              message,
              await valueOf("answer", answer, answerType, message),
            );
            // A call that is made is followed by an answer anyway.
            const respond = config.respond && !item.approve;
            return () => sendItem(askingSession(key), item, respond, how, options);
          }
          case "announcement": {
            const event = announcement(await wordsOf(message), how);
            return () => sessions.open(key).send(event, options);
          }
          case "message": {
            const event = eventIn(message);
            return () => sessions.open(key).send(event, options);
          }
          case "event": {
            const event = await eventOf(message);
            return () => sessions.open(key).send(event, options);
          }
        }
      };

      /** Resolves when every message that came so far was read, and handed to its session. */
      let turn: Promise<void> = Promise.resolve();

      /** A JSONata expression, or a store, takes longer for some messages: none overtakes another. */
      const sendInTurn = async (message: NodeMessage): Promise<void> => {
        const read = readFrom(message);
        // Told when its turn has come: until then nobody else looks at it.
        read.catch(() => undefined);
        const handedOver = turn.then(async () => {
          const send = await read;
          // In an object, as nobody behind it is to wait for the server's answer.
          return { sent: send() };
        });
        turn = handedOver.then(
          () => undefined,
          () => undefined,
        );
        const { sent } = await handedOver;
        await sent;
      };

      const stopShowing = showState(this, node, ownKey);
      return {
        input: (message, _send, done) => endWith(RED, this, sendInTurn(message), done),
        close: stopShowing,
      };
    });
  }

  RED.nodes.registerType("openai-realtime-send", SendConstructor);
}

/** @throws RealtimeError `invalid_settings`, for a node that was written by hand. */
function modeOf({ mode = "text" }: SendDef): SendMode {
  if (MODES.includes(mode)) return mode;
  const text = `"mode" of the node must be one of ${MODES.join(", ")}`;
  throw new RealtimeError("invalid_settings", text, { param: "mode" });
}

/**
 * A field may hold the whole of an object, and the next one a member in it: what is in the message,
 * or in a context that other nodes share, must not be changed by that.
 */
function copyOf(RED: NodeAPI, name: string, value: unknown): unknown {
  try {
    return RED.util.cloneMessage({ payload: value }).payload;
  } catch {
    throw new RealtimeError("invalid_value", `The value of "${name}" is nested too deep`, {
      param: name,
    });
  }
}

/** A message may say that the response it asks for is to wait until nobody else wants one. */
function priorityIn(message: NodeMessage): SendOptions {
  const { priority } = realtimeIn(message);
  if (priority === undefined) return {};
  if (priority === "user" || priority === "announcement") return { priority };
  const param = "msg.realtime.priority";
  throw new RealtimeError("invalid_event", `${param} must be user or announcement`, { param });
}

function eventIn({ payload }: NodeMessage): OutboundEvent {
  if (typeof payload === "object" && payload !== null && "type" in payload) {
    const { type } = payload;
    if (typeof type === "string") return { ...payload, type };
  }
  throw new RealtimeError("invalid_event", "msg.payload must be an event: an object with a type", {
    param: "msg.payload",
  });
}

/**
 * A response outside the conversation, so that the talk that goes on is neither interrupted nor
 * changed by it. It sees no history, and so has nothing to say but the text.
 */
function announcement(text: string, how: string | undefined): OutboundEvent {
  return {
    type: "response.create",
    response: {
      conversation: "none",
      input: [],
      tool_choice: "none",
      instructions: `${how === undefined ? "" : `${how} `}Say exactly: ${JSON.stringify(text)}`,
    },
  };
}
