import assert from "node:assert/strict";
import type { DialectChoice } from "../../lib/index";
import { collect, compatible, flow, give, load, next, unload, useNodeRed } from "../support/canvas";
import {
  END_OF_RECORDING,
  receivedIn,
  startRecordedServer,
  type RecordedServer,
} from "../support/recorded-server";
import { needsRecordings, recordings, type RecordedFrame } from "../support/recordings";

/**
 * What a flow gets of other servers where it gets something else, or at another place, of OpenAI's:
 * "-" is missing, "+" is more. Each line is an event's type, the role of its item, and its final
 * words; "ANSWER" stands for the words that the model chose.
 */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  "azure.text_in_audio_out": [],
  "azure_voice_live.text_in_audio_out": [],
  "xai.text_in_audio_out": [
    // It opens the talk with an event that OpenAI has given up, and asks for signs of life in events.
    "+ conversation.created",
    "+ ping",
    // It does not say that an item is done; response.output_item.done and response.done do.
    "- conversation.item.done user Say a short greeting.",
    // The end of the audio comes after the end of its part.
    "- response.output_audio.done",
    "- conversation.item.done assistant ANSWER",
    // The item has no content when it is done.
    "- response.output_item.done assistant ANSWER",
    "+ response.output_audio.done",
    "+ response.output_item.done assistant",
  ],
};

/** As the presets of these servers have it; of Voice Live there is none. */
const DIALECTS: Readonly<Record<string, DialectChoice>> = {
  "azure_voice_live.text_in_audio_out": "auto",
};

const BASELINE = "openai.text_in_audio_out";

/** The words of an item, whichever content types a server has for them. */
function wordsOf(item: { content?: unknown } | undefined): string {
  if (!Array.isArray(item?.content)) return "";
  return item.content
    .map((part: { text?: string; transcript?: string | null }) => part.text ?? part.transcript)
    .join("");
}

/** The differences of two sequences: what has to go, and what has to come, in order. */
function differences(from: readonly string[], to: readonly string[]): string[] {
  const lengths = Array.from({ length: from.length + 1 }, () =>
    Array.from({ length: to.length + 1 }, () => 0),
  );
  const at = (i: number, j: number): number => lengths[i]?.[j] ?? 0;
  for (let i = from.length - 1; i >= 0; i -= 1) {
    const row = lengths[i] ?? [];
    for (let j = to.length - 1; j >= 0; j -= 1)
      row[j] = from[i] === to[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  }
  const found: string[] = [];
  let [i, j] = [0, 0];
  while (i < from.length || j < to.length) {
    if (i < from.length && j < to.length && from[i] === to[j]) [i, j] = [i + 1, j + 1];
    else if (j >= to.length || (i < from.length && at(i + 1, j) >= at(i, j + 1)))
      found.push(`- ${from[i++]}`);
    else found.push(`+ ${to[j++]}`);
  }
  return found;
}

describe("recordings of different servers, in the same flow", function () {
  needsRecordings();
  useNodeRed();
  let server: RecordedServer;

  const framesOf = (name: string): readonly RecordedFrame[] =>
    recordings().find((recording) => recording.name === name)?.frames ?? assert.fail(name);

  /** What the flow gets, as (type, role, final text). */
  async function sequence(name: string): Promise<string[]> {
    const frames = framesOf(name);
    const answer = receivedIn(frames).find(({ type }) => type.endsWith("audio_transcript.done"));
    const words: string = answer?.["transcript"];
    assert.ok(words.length > 0);
    server = await startRecordedServer(frames);
    try {
      const [endpoint, ...rest] = compatible(server.url);
      assert.ok(endpoint);
      await load(
        flow(
          { ...endpoint, dialect: DIALECTS[name] ?? "ga" },
          ...rest,
          {
            id: "c",
            type: "openai-realtime-connect",
            session: "s",
            emit: "all",
            wires: [["events"]],
          },
          { id: "events", type: "helper" },
        ),
      );
      const events = collect("events");
      const caught = collect("caught");
      const end = next("events", ({ topic }) => topic === END_OF_RECORDING);
      give("c", { action: "connect" });
      await end;
      assert.deepEqual(caught, []);
      return (
        events
          .filter(({ realtime }) => realtime.source === "server")
          // How an answer is cut into pieces is chance; what comes of them is in the events that end it.
          .filter(({ topic }) => topic !== END_OF_RECORDING && !topic?.endsWith(".delta"))
          .map(({ topic = "", payload }) => {
            const text = payload.transcript ?? payload.text ?? wordsOf(payload.item);
            const said = text === words ? "ANSWER" : text;
            return [topic, payload.item?.role, said].filter(Boolean).join(" ");
          })
      );
    } finally {
      await unload();
      server.stop();
    }
  }

  for (const [name, allowed] of Object.entries(ALLOWED)) {
    it(`${name} gives what OpenAI's gives, but for ${allowed.length} lines`, async () => {
      const expected = await sequence(BASELINE);
      assert.ok(expected.includes("conversation.item.done assistant ANSWER"));
      assert.deepEqual(differences(expected, await sequence(name)), allowed);
    });
  }

  it("are all compared that hold the same talk", () => {
    const names = recordings()
      .map(({ name }) => name)
      .filter((name) => name.endsWith("text_in_audio_out") && name !== BASELINE);
    assert.deepEqual(names.toSorted(), Object.keys(ALLOWED).toSorted());
  });
});
