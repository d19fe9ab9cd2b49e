import { RealtimeError, type McpTool } from "../lib/index";
import { listOf, present, rowsOf, textOf } from "./form-values";

/** An MCP server as the session's form has it. Its secrets are credentials. */
export interface McpServerForm {
  /** Made by the editor; its secrets are stored under it. */
  id: string;
  /** Its name in calls and events. */
  label: string;
  url: string;
  /** What it is for, for the model. */
  description: string;
  /** Names of its tools that may be called, separated by commas; all when empty. */
  allowedTools: string;
  /** Which calls wait for an answer; "" as the server has it, which is always. */
  requireApproval: "" | "always" | "never";
  /** Names of headers for it; their values are credentials. */
  headers: string[];
  /** Whether a token for it is stored. */
  hasAuthorization: boolean;
}

/** The secrets of one MCP server, as they are stored. */
interface McpSecrets {
  readonly authorization?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The tools that a session's settings name for these MCP servers. `secrets` is a credential: JSON,
 * an object with the secrets of each server under its id.
 *
 * @throws RealtimeError `invalid_settings`; `missing_secret`, `invalid_secrets`: something was stored,
 *   and is not there (as after an import, which brings no credentials).
 */
export function mcpToolsOf(
  form: { readonly mcpServers?: readonly Partial<McpServerForm>[] },
  secrets: string | undefined,
): McpTool[] {
  const servers = rowsOf(form, "mcpServers");
  if (servers.length === 0) return [];
  const stored = readSecrets(secrets);
  return servers.map((server, index) => {
    const label = textOf(server, "label") ?? "";
    const own = stored.get(server.id ?? "");
    const missing = (what: string): RealtimeError =>
      new RealtimeError(
        "missing_secret",
        `The MCP server "${label}" has no value for ${what}: open the session's form and enter it`,
        { param: `mcpServers[${index}]` },
      );
    if (server.hasAuthorization && !own?.authorization) throw missing("its token");
    const names = listOf(server, "headers") ?? [];
    const headers = names.map((name): [string, string] => {
      const value = own?.headers?.[name];
      if (typeof value === "string" && value !== "") return [name, value];
      throw missing(`the header "${name}"`);
    });
    return present({
      type: "mcp" as const,
      server_label: label,
      server_url: textOf(server, "url"),
      server_description: textOf(server, "description"),
      allowed_tools: listOf(server, "allowedTools"),
      require_approval: server.requireApproval || undefined,
      authorization: server.hasAuthorization ? own?.authorization?.trim() : undefined,
      headers: headers.length === 0 ? undefined : Object.fromEntries(headers),
    });
  });
}

function readSecrets(text: string | undefined): ReadonlyMap<string, McpSecrets> {
  try {
    const stored: unknown = JSON.parse(text || "{}");
    if (typeof stored === "object" && stored !== null)
      return new Map(Object.entries(stored as Record<string, McpSecrets>));
  } catch {
    // The parser's own message would hold a part of the text.
  }
  throw new RealtimeError("invalid_secrets", "The secrets of the MCP servers are unreadable", {
    param: "mcpServers",
  });
}
