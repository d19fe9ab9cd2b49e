import assert from "node:assert/strict";
import { canonicalType } from "../../lib/index";
import { collect, flow, give, load, useNodeRed, next, type FlowNode } from "../support/canvas";
import type { WireEvent } from "../support/memory-server";
import {
  END_OF_RECORDING,
  receivedIn,
  startRecordedServer,
  type RecordedServer,
} from "../support/recorded-server";
import { needsRecordings, recordings } from "../support/recordings";

const group = (name: string) => ({ match: "group", group: name, test: false });

const filter = (output: string, ...rules: object[]): Partial<FlowNode> => ({
  type: "openai-realtime-filter",
  rules,
  checkall: "true",
  otherwise: false,
  output,
});

describe("recorded sessions on the canvas", function () {
  needsRecordings();
  useNodeRed();
  let server: RecordedServer;

  afterEach(() => server.stop());

  for (const { name, frames } of recordings()) {
    it(`${name}: every event comes out of connect and filter once, in order`, async () => {
      const sent = receivedIn(frames);
      server = await startRecordedServer(frames);
      const isBeta = name.startsWith("azure_voice_live");
      await load(
        flow(
          {
            id: "e",
            type: "openai-realtime-endpoint",
            kind: "compatible",
            url: server.url,
            dialect: isBeta ? "beta" : "ga",
          },
          { id: "s", type: "openai-realtime-session", endpoint: "e", model: "" },
          {
            id: "c",
            type: "openai-realtime-connect",
            session: "s",
            emit: "all",
            wires: [["events", "words", "rest"]],
          },
          { id: "events", type: "helper" },
          {
            id: "words",
            ...filter("useful", group("user-words"), group("assistant-words"), group("tool-calls")),
            wires: [["user"], ["assistant"], ["calls"]],
          } as FlowNode,
          { id: "user", type: "helper" },
          { id: "assistant", type: "helper" },
          { id: "calls", type: "helper" },
          {
            id: "rest",
            ...filter("event", group("response.*")),
            otherwise: true,
            wires: [["both"], ["both"]],
          } as FlowNode,
          { id: "both", type: "helper" },
        ),
      );
      const probes = Object.fromEntries(
        ["events", "user", "assistant", "calls", "both", "caught"].map((id) => [id, collect(id)]),
      );
      const end = next("both", ({ topic }) => topic === END_OF_RECORDING);
      give("c", { action: "connect" });
      await end;

      assert.deepEqual(probes["caught"], []);
      const fromServer = (probe: string) =>
        (probes[probe] ?? [])
          .filter(
            ({ realtime, topic }) =>
              realtime.source === "server" &&
              topic !== END_OF_RECORDING &&
              // A beta server does not say it; it is said in its place.
              !(isBeta && topic === "conversation.item.done"),
          )
          .map(({ topic, payload }) => [topic, payload.event_id]);
      const expected = sent.map(({ type, event_id }) => [canonicalType(type), event_id]);
      assert.deepEqual(fromServer("events"), expected);
      assert.deepEqual(fromServer("both"), expected);

      const words = (probe: string) => (probes[probe] ?? []).map(({ payload }) => payload);
      const said = sent
        .filter(({ type }) => /(?:text|transcript)\.done$/.test(type))
        .map((event) => event["text"] ?? event["transcript"]);
      assert.deepEqual(words("assistant"), said);
      const calls = sent
        .filter(({ type }) => type === "response.function_call_arguments.done")
        .map((event) => JSON.parse(event["arguments"]) as unknown);
      assert.deepEqual(words("calls"), calls);
      const heard = sent.flatMap((event) => {
        if (event.type.endsWith("transcription.completed")) return [event["transcript"]];
        const { item } = event as { item?: WireEvent };
        const text = item?.["role"] === "user" ? item["content"]?.[0]?.text : undefined;
        return /item\.(?:added|created)$/.test(event.type) && text !== undefined ? [text] : [];
      });
      assert.deepEqual(words("user"), heard);
      assert.ok(heard.length > 0);
    });
  }
});
