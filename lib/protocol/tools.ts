import type { Static } from "@sinclair/typebox";
import { Type } from "./schema-builder";
import { nullable, oneOf, settings } from "./schema";

/**
 * The keyword of a tool's `parameters` that holds the sentences by which the built-in server hears
 * it, a list of lines. No other server makes anything of them, and a model bills them as tokens.
 */
export const SENTENCES_KEYWORD = "x-sentences";

/** A function of ours that the model may call. */
export const FunctionToolSchema = settings(
  {
    type: Type.Literal("function", { description: "A function the client carries out." }),
    name: Type.String({
      minLength: 1,
      description: "Name the model calls it by: letters, digits, _ and -.",
    }),
    description: Type.Optional(
      Type.String({ description: "When to call it and what it does, for the model." }),
    ),
    parameters: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: "JSON Schema of the arguments, an object schema.",
      }),
    ),
  },
  { $id: "FunctionTool", description: "A function that the client carries out." },
);
export type FunctionTool = Static<typeof FunctionToolSchema>;

const toolFilter = (description: string) =>
  settings(
    {
      read_only: Type.Optional(
        Type.Boolean({ description: "Only tools that the MCP server marks as read-only." }),
      ),
      tool_names: Type.Optional(
        Type.Array(Type.String({ description: "Name of a tool." }), {
          description: "Only these tools.",
        }),
      ),
    },
    { description },
  );

/** A remote MCP server whose tools OpenAI's server calls by itself. */
export const McpToolSchema = settings(
  {
    type: Type.Literal("mcp", { description: "A remote MCP server." }),
    server_label: Type.String({ description: "Name of the MCP server in calls and events." }),
    server_url: Type.Optional(
      Type.String({
        description: "URL of the MCP server. One of server_url, connector_id and tunnel_id.",
      }),
    ),
    connector_id: Type.Optional(
      oneOf(
        [
          "connector_dropbox",
          "connector_gmail",
          "connector_googlecalendar",
          "connector_googledrive",
          "connector_microsoftteams",
          "connector_outlookcalendar",
          "connector_outlookemail",
          "connector_sharepoint",
        ],
        { description: "A connector of OpenAI instead of a URL; not for models after 2026-09-01." },
      ),
    ),
    tunnel_id: Type.Optional(Type.String({ description: "A tunnel instead of a URL." })),
    authorization: Type.Optional(
      Type.String({ description: "OAuth access token for the MCP server. A secret." }),
    ),
    headers: Type.Optional(
      nullable(
        Type.Record(Type.String(), Type.String({ description: "Value of the header." })),
        "HTTP headers for the MCP server. Their values may be secrets.",
      ),
    ),
    server_description: Type.Optional(
      Type.String({ description: "What the MCP server is for, for the model." }),
    ),
    allowed_tools: Type.Optional(
      Type.Union(
        [
          Type.Array(Type.String({ description: "Name of a tool." })),
          toolFilter("The tools that may be called."),
          Type.Null(),
        ],
        { description: "Tools that may be called: names, a filter, or null for all." },
      ),
    ),
    allowed_callers: Type.Optional(
      nullable(
        Type.Array(
          oneOf(["direct", "programmatic"], {
            description: "Who may call: direct or programmatic.",
          }),
        ),
        "Who may call the tools.",
      ),
    ),
    require_approval: Type.Optional(
      Type.Union(
        [
          settings(
            {
              always: Type.Optional(toolFilter("Tools that always need approval.")),
              never: Type.Optional(toolFilter("Tools that never need approval.")),
            },
            { description: "Approval by tool." },
          ),
          Type.Literal("always"),
          Type.Literal("never"),
          Type.Null(),
        ],
        { description: "Which calls need an mcp_approval_response. Default always." },
      ),
    ),
    defer_loading: Type.Optional(
      Type.Boolean({ description: "Load the list of tools only when it is needed." }),
    ),
  },
  { $id: "McpTool", description: "A remote MCP server whose tools the server calls by itself." },
);
/** An MCP server whose tools the server of the session calls. */
export type McpTool = Static<typeof McpToolSchema>;

export const ToolSchema = Type.Union([FunctionToolSchema, McpToolSchema], {
  $id: "Tool",
  description: "A function of the client, or a remote MCP server.",
});
export type Tool = Static<typeof ToolSchema>;

/** Whether and which tool the model calls. Flat: `{ type: "function", name }`. */
export const ToolChoiceSchema = Type.Union(
  [
    Type.Literal("auto"),
    Type.Literal("none"),
    Type.Literal("required"),
    settings(
      {
        type: Type.Literal("function", { description: "Call this function." }),
        name: Type.String({ description: "Name of the function." }),
      },
      { description: "Call one function." },
    ),
    settings(
      {
        type: Type.Literal("mcp", { description: "Call a tool of this MCP server." }),
        server_label: Type.String({ description: "Name of the MCP server." }),
        name: Type.Optional(
          nullable(Type.String(), "Name of the tool; any tool of the server when left out."),
        ),
      },
      { description: "Call a tool of one MCP server." },
    ),
  ],
  {
    $id: "ToolChoice",
    description: "auto, none, required, one function, or a tool of one MCP server. Default auto.",
  },
);
export type ToolChoice = Static<typeof ToolChoiceSchema>;
