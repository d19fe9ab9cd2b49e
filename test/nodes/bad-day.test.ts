import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { faultTypes } from "../../lib/index";
import { collect, load, next, nodeById, useNodeRed, type FlowNode } from "../support/canvas";

const file = "examples/5 Rehearse a bad day.json";
const shipped = JSON.parse(readFileSync(file, "utf8")) as (FlowNode & { name?: string })[];
const idOf = (name: string, type = "inject"): string => {
  const found = shipped.find((node) => node.name === name && node.type === type);
  assert.ok(found, name);
  return found.id;
};

/** The example with probes in the place of its debug nodes, and short waits between attempts. */
const flow = shipped.map((node) => {
  if (node.type === "openai-realtime-endpoint") return { ...node, retryFirst: "0.1" };
  return node.type === "debug" ? { ...node, type: "helper" } : node;
});
const core = ["common/20-inject", "common/90-comment", "function/10-function"];

const press = (name: string): void => {
  nodeById(idOf(name)).receive({});
};

describe("the example of a bad day", () => {
  useNodeRed();

  const probe = (name: string): string => idOf(name, "debug");

  /** Loads the flow and opens its session. */
  async function begin(): Promise<void> {
    await load(flow, {}, core);
    const ready = next(probe("status"), ({ payload }) => payload === "ready");
    press("Connect");
    await ready;
  }

  /** Talks, until an answer is complete. */
  async function talk(): Promise<void> {
    const done = next(probe("event"), ({ topic }) => topic === "response.done");
    press("hello");
    await done;
  }

  it("has a button for every fault that the server knows", () => {
    const pressed = new Set(
      shipped
        .filter(({ type, payloadType }) => type === "inject" && payloadType === "json")
        .flatMap(({ payload }) => (JSON.parse(String(payload)) ?? []) as { type: string }[])
        .map(({ type }) => type),
    );
    const missing = faultTypes.filter(({ type }) => !pressed.has(type)).map(({ type }) => type);
    // Its code for a wrong key is shown by the handshake's.
    assert.deepEqual(missing, ["refuse_session"]);
  });

  for (const name of [
    "Break the line",
    "Break it in an answer",
    "Accept and drop, 3 times",
    "Be down: 503, twice",
    "End the session's hour",
  ]) {
    it(`recovers after "${name}", and tells what was restored`, async () => {
      await begin();
      await talk();
      const restored = next(probe("restored"));
      const statuses = collect(probe("status"));
      const ready = next(probe("status"), ({ payload }) => payload === "ready");
      press(name);
      if (name === "Break it in an answer") press("hello");
      const { payload } = await restored;
      assert.ok(payload.items >= 2);
      await ready;
      assert.ok(statuses.some((message) => message.payload === "reconnecting"));
      await talk();
    });
  }

  it("calls the lamp once when the line breaks in its call", async () => {
    await begin();
    const calls = collect(probe("tool call"));
    const answered = next(probe("event"), ({ topic }) => topic === "response.output_text.done");
    press("Break it in a tool call");
    press("turn on the kitchen light");
    await answered;
    assert.deepEqual(
      calls.map(({ payload }) => payload),
      [{ device: "light", room: "kitchen", state: "on" }],
    );
  });

  it("stops at a wrong key, and begins again when it is told to connect", async () => {
    await begin();
    const red = next(probe("status"), ({ payload }) => payload === "invalid-api-key");
    press("Wrong key: 401");
    await red;
    const ready = next(probe("status"), ({ payload }) => payload === "ready");
    press("Connect");
    await ready;
    await talk();
  });

  for (const [name, text] of [
    ["Refuse the next request", /rehearsal/],
    ["Garble a frame", /not JSON/],
  ] as const) {
    it(`gives "${name}" to the Catch node, and goes on`, async () => {
      await begin();
      const caught = next(probe("error"));
      press(name);
      press("hello");
      assert.match((await caught)["error"].message, text);
      await talk();
    });
  }

  for (const [name, topic] of [
    ["Send an unknown event", "rehearsal.unknown"],
    ["Send 20 MB", "rehearsal.large"],
  ] as const) {
    it(`gets ${topic} after "${name}", and goes on`, async () => {
      await begin();
      const event = next(probe("event"), (message) => message.topic === topic);
      press(name);
      await event;
      await talk();
    });
  }

  for (const name of ["Fail the next answer", "Be slow: 0.5 s per event", "Exchange neighbours"]) {
    it(`goes on after "${name}", and as before after "Behave"`, async () => {
      await begin();
      press(name);
      await talk();
      press("Behave");
      await talk();
    });
  }
});
