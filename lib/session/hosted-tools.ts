import type { SessionSettings } from "../protocol/session-settings";
import type { McpTool, Tool } from "../protocol/tools";

/** The tools of these settings that the server calls by itself. */
export function hostedTools(settings: SessionSettings): readonly McpTool[] {
  const tools: readonly Tool[] = settings.type === "realtime" ? (settings.tools ?? []) : [];
  return tools.filter((tool) => tool.type === "mcp");
}
