import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { WireEvent } from "./memory-server";

/** One frame of a recorded session; `close` ends it. */
export interface RecordedFrame {
  readonly dir: "sent" | "received" | "close";
  readonly data: WireEvent;
}

const folder = resolve(__dirname, "../../../shared/recordings");

/** Skips a `describe` with a printed reason where there are no recordings to test with. */
export function needsRecordings(): void {
  before(function () {
    if (recordingsMissing === undefined) return;
    console.log(`      skipped: ${recordingsMissing}`);
    this.skip();
  });
}

/** Why there are no recordings; undefined when there are. */
const recordingsMissing: string | undefined = existsSync(folder)
  ? undefined
  : "the folder of recordings (../shared/recordings) is not here";

/** All recorded sessions by name, e.g. "openai.tool_call_round". */
export function recordings(): readonly { name: string; frames: readonly RecordedFrame[] }[] {
  if (recordingsMissing !== undefined) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(".jsonl"))
    .map((file) => ({
      name: file.replace(".jsonl", ""),
      frames: readFileSync(join(folder, file), "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as RecordedFrame),
    }));
}
