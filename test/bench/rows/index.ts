import type { Row } from "../result";
import { canvasRow } from "./canvas";
import { latencyRow } from "./latency";
import { idleRow, loadRow, talkRow } from "./memory";
import { othersRow } from "./others";
import { receiveRow } from "./receive";
import { roomsRow } from "./rooms";
import { sendRow } from "./send";
import { voiceRow } from "./voice";

/** Every row of the bench with its bar, by the name that chooses it. */
export const rows: ReadonlyMap<string, Row> = new Map<string, Row>([
  ["receive-mix", (extent) => receiveRow("receive-mix", "mix", 1.15, extent)],
  [
    "receive-transcripts",
    (extent) => receiveRow("receive-transcripts", "transcripts", 1.35, extent),
  ],
  ["send", (extent) => sendRow("send", 1.1, extent)],
  ["canvas-mix", (extent) => canvasRow("canvas-mix", "mix", 0.55, extent)],
  ["canvas-transcripts", (extent) => canvasRow("canvas-transcripts", "transcripts", 0.85, extent)],
  [
    "canvas-floor",
    async (extent) => [
      ...(await canvasRow("canvas-floor", "mix", undefined, extent, "floor")),
      ...(await canvasRow("canvas-floor", "transcripts", undefined, extent, "floor")),
    ],
  ],
  ["idle-session", idleRow],
  ["load", loadRow],
  ["talk", talkRow],
  ["latency", latencyRow],
  ["rooms", roomsRow],
  ["others", othersRow],
  ["voice", voiceRow],
]);
