import type { Static } from "@sinclair/typebox";
import { Type } from "./schema-builder";
import { MAX_ITEM_ID_LENGTH } from "./limits";
import { nullable, oneOf, when } from "./schema";

/** What holds for an item of a client only. */
const ofClient = {
  sentWith: [
    {
      properties: {
        id: {
          maxLength: MAX_ITEM_ID_LENGTH,
          allowed: `a text of at most ${MAX_ITEM_ID_LENGTH} characters`,
        },
      },
    },
  ],
};

const id = Type.Optional(
  Type.String({
    description: "Id of the item. A client may choose it, up to 32 characters.",
  }),
);
const object = Type.Optional(
  Type.Literal("realtime.item", { description: 'Kind of the object: always "realtime.item".' }),
);
const status = Type.Optional(
  oneOf(["completed", "incomplete", "in_progress"], {
    description: "How far it is. incomplete: cut off by an interruption, a cancel or a limit.",
  }),
);

const text = Type.Optional(Type.String({ description: "The text." }));
const audio = Type.Optional(
  Type.String({
    description:
      "Audio as base64 in the session's format. Servers send it only in conversation.item.retrieved.",
  }),
);
const transcript = Type.Optional(Type.String({ description: "What was said, as text." }));

/** Members that a part of a given type cannot do without when a client sends it (protocol: items). */
const needs = (type: string, member: string) =>
  when({ properties: { type: { const: type } }, required: ["type"] }, { required: [member] });

export const SystemContentSchema = Type.Object(
  {
    type: Type.Optional(Type.Literal("input_text", { description: "Text." })),
    text,
  },
  {
    description: "A part of a system message.",
    sentWith: [{ required: ["type"] }, needs("input_text", "text")],
  },
);

export const UserContentSchema = Type.Object(
  {
    type: Type.Optional(
      oneOf(["input_text", "input_audio", "input_image"], {
        description: "What the part holds; the other members depend on it.",
      }),
    ),
    text,
    audio,
    transcript,
    image_url: Type.Optional(
      Type.String({ description: "A PNG or JPEG as a data: URI (input_image)." }),
    ),
    detail: Type.Optional(
      oneOf(["auto", "low", "high"], {
        description: "How closely the model looks at the picture (input_image).",
      }),
    ),
  },
  {
    description: "A part of a user message: text, audio or a picture.",
    sentWith: [
      { required: ["type"] },
      needs("input_text", "text"),
      needs("input_image", "image_url"),
    ],
  },
);

export const AssistantContentSchema = Type.Object(
  {
    type: Type.Optional(
      oneOf(["output_text", "output_audio"], {
        description: "What the part holds. A client can create output_text only.",
      }),
    ),
    text,
    audio,
    transcript,
  },
  {
    description: "A part of an assistant message: text, or audio with its transcript.",
    sentWith: [{ required: ["type"] }, needs("output_text", "text")],
  },
);

/**
 * One part of a message of any role. All members are optional: servers leave out what they have
 * not got yet (a transcript), and audio altogether.
 */
export type ContentPart =
  | Static<typeof SystemContentSchema>
  | Static<typeof UserContentSchema>
  | Static<typeof AssistantContentSchema>;

const message = {
  type: Type.Literal("message", { description: "A message." }),
  id,
  object,
  status,
};

export const SystemMessageItemSchema = Type.Object(
  {
    ...message,
    role: Type.Literal("system", { description: "Instructions in the course of the talk." }),
    content: Type.Array(SystemContentSchema, { description: "Parts of the message." }),
  },
  { description: "A system message.", ...ofClient },
);
export type SystemMessageItem = Static<typeof SystemMessageItemSchema>;

export const UserMessageItemSchema = Type.Object(
  {
    ...message,
    role: Type.Literal("user", { description: "The user." }),
    content: Type.Array(UserContentSchema, { description: "Parts of the message." }),
  },
  { description: "A message of the user.", ...ofClient },
);
export type UserMessageItem = Static<typeof UserMessageItemSchema>;

export const AssistantMessageItemSchema = Type.Object(
  {
    ...message,
    role: Type.Literal("assistant", { description: "The model." }),
    content: Type.Array(AssistantContentSchema, { description: "Parts of the message." }),
  },
  { description: "A message of the model.", ...ofClient },
);
export type AssistantMessageItem = Static<typeof AssistantMessageItemSchema>;

/** What was said or written in a talk. */
export type MessageItem = SystemMessageItem | UserMessageItem | AssistantMessageItem;

const callId = (description: string) => Type.String({ description });

export const FunctionCallItemSchema = Type.Object(
  {
    type: Type.Literal("function_call", { description: "A call of a function by the model." }),
    id,
    object,
    status,
    call_id: Type.Optional(callId("Id of the call; its output names it.")),
    name: Type.String({ description: "Name of the function." }),
    arguments: Type.String({
      description: "Arguments as JSON text; may be invalid or unfinished.",
    }),
  },
  {
    description: "A call of a function. Carry it out only when its status is completed.",
    ...ofClient,
  },
);
/** A call of a tool by the model. */
export type FunctionCallItem = Static<typeof FunctionCallItemSchema>;

export const FunctionCallOutputItemSchema = Type.Object(
  {
    type: Type.Literal("function_call_output", { description: "What a called function returned." }),
    id,
    object,
    status,
    call_id: callId("Id of the call that this answers."),
    output: Type.String({ description: "The result as text, mostly JSON." }),
  },
  { description: "The output of a function call.", ...ofClient },
);

const serverLabel = Type.String({ description: "Name of the MCP server." });
const ownId = Type.String({ description: "Id of the item." });

export const McpListToolsItemSchema = Type.Object(
  {
    type: Type.Literal("mcp_list_tools", { description: "Tools that an MCP server offers." }),
    id,
    server_label: serverLabel,
    tools: Type.Array(
      Type.Object(
        {
          name: Type.String({ description: "Name of the tool." }),
          input_schema: Type.Unknown({ description: "JSON Schema of its arguments." }),
          description: Type.Optional(nullable(Type.String(), "What the tool does.")),
          annotations: Type.Optional(
            Type.Unknown({ description: "Further facts about the tool; an object or null." }),
          ),
        },
        { description: "One tool." },
      ),
      { description: "The tools." },
    ),
  },
  { description: "The list of tools of an MCP server.", ...ofClient },
);

const errorMessage = Type.String({ description: "What went wrong." });
const errorCode = Type.Integer({ description: "Code of the failure." });

export const McpCallErrorSchema = Type.Union(
  [
    Type.Object(
      {
        type: Type.Literal("protocol_error", { description: "The MCP server broke the protocol." }),
        code: errorCode,
        message: errorMessage,
      },
      { description: "A protocol error." },
    ),
    Type.Object(
      {
        type: Type.Literal("tool_execution_error", { description: "The tool failed." }),
        message: errorMessage,
      },
      { description: "A failure of the tool." },
    ),
    Type.Object(
      {
        type: Type.Literal("http_error", { description: "The request failed." }),
        code: errorCode,
        message: errorMessage,
      },
      { description: "An HTTP error." },
    ),
  ],
  { $id: "McpCallError", description: "Why a call of an MCP tool failed." },
);

export const McpCallItemSchema = Type.Object(
  {
    type: Type.Literal("mcp_call", { description: "A call of an MCP tool by the server." }),
    id: ownId,
    server_label: serverLabel,
    name: Type.String({ description: "Name of the tool." }),
    arguments: Type.String({ description: "Arguments as JSON text." }),
    approval_request_id: Type.Optional(
      nullable(Type.String(), "Id of the approval request that came before, if any."),
    ),
    output: Type.Optional(nullable(Type.String(), "What the tool returned.")),
    error: Type.Optional(nullable(McpCallErrorSchema, "Why the call failed.")),
  },
  { description: "A call of an MCP tool, made by the server.", ...ofClient },
);
export type McpCallItem = Static<typeof McpCallItemSchema>;

export const McpApprovalRequestItemSchema = Type.Object(
  {
    type: Type.Literal("mcp_approval_request", { description: "A call waits for approval." }),
    id: ownId,
    server_label: serverLabel,
    name: Type.String({ description: "Name of the tool." }),
    arguments: Type.String({ description: "Arguments as JSON text." }),
  },
  { description: "The server asks whether it may call an MCP tool.", ...ofClient },
);
export type McpApprovalRequestItem = Static<typeof McpApprovalRequestItemSchema>;

export const McpApprovalResponseItemSchema = Type.Object(
  {
    type: Type.Literal("mcp_approval_response", { description: "The answer to such a request." }),
    id: ownId,
    approval_request_id: Type.String({ description: "Id of the request." }),
    approve: Type.Boolean({ description: "Whether the call may be made." }),
    reason: Type.Optional(nullable(Type.String(), "Why, for the model.")),
  },
  { description: "The client's answer to an approval request.", ...ofClient },
);
export type McpApprovalResponseItem = Static<typeof McpApprovalResponseItemSchema>;

/** Anything that stands in a conversation. Narrow by `type`, a message further by `role`. */
export const ItemSchema = Type.Union(
  [
    SystemMessageItemSchema,
    UserMessageItemSchema,
    AssistantMessageItemSchema,
    FunctionCallItemSchema,
    FunctionCallOutputItemSchema,
    McpApprovalResponseItemSchema,
    McpListToolsItemSchema,
    McpCallItemSchema,
    McpApprovalRequestItemSchema,
  ],
  { $id: "Item", description: "An item of the conversation." },
);
/** Anything in a talk: a message, a tool's call or output, what an MCP server did. */
export type Item = Static<typeof ItemSchema>;

/** Stands for an item of the conversation in the input of one response. */
export const ItemReferenceSchema = Type.Object(
  {
    type: Type.Literal("item_reference", { description: "An item that exists already." }),
    id: Type.String({ description: "Id of that item." }),
  },
  { description: "A reference to an item of the conversation." },
);
