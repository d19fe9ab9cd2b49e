import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Other clients of the protocol, by package; those with a `client` can be measured. */
export const OTHERS = [
  { name: "openai", client: "openai" },
  { name: "@openai/agents-realtime", client: undefined },
  { name: "@mastra/voice-openai-realtime", client: undefined },
] as const;

/** The installed version of a package, here or in the project; undefined when there is none. */
export function installedVersion(name: string): string | undefined {
  for (const folder of ["..", "../../.."]) {
    try {
      const manifest = join(__dirname, folder, "node_modules", name, "package.json");
      return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}
