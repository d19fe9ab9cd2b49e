import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collect, give, load, next, topicIs, useNodeRed, type FlowNode } from "../support/canvas";
import { hurry } from "../support/example";

describe("example 6: dictation to a file", () => {
  useNodeRed();

  const folder = mkdtempSync(join(tmpdir(), "realtime-dictation-"));
  after(() => rmSync(folder, { recursive: true }));

  it("writes each sentence as a line, and asks no model", async () => {
    const nodes = JSON.parse(
      readFileSync("examples/6 Dictation to a file.json", "utf8"),
    ) as FlowNode[];
    const file = join(folder, "dictation.txt");
    for (const node of nodes) {
      const wires = node["wires"] as string[][] | undefined;
      if (node.type === "delay") hurry(node);
      if (node.type === "file") {
        node["filename"] = file;
        wires?.[0]?.push("written");
      }
      if (node.type === "openai-realtime-connect") wires?.[0]?.push("events");
      if (node.type === "catch") wires?.[0]?.push("caught");
    }
    const [{ id: z } = assert.fail("no tab")] = nodes;
    for (const id of ["events", "written", "caught"])
      nodes.push({ id, type: "helper", z, x: 1, y: 1, wires: [] });
    await load(nodes, {}, [
      "common/20-inject",
      "common/21-debug",
      "common/90-comment",
      "function/10-function",
      "function/80-template",
      "function/89-delay",
      "storage/10-file",
    ]);
    const events = collect("events");
    const caught = collect("caught");
    const finished = next("written", ({ payload }) => /plumber/.test(payload));
    const inject = nodes.find(({ type }) => type === "inject");
    assert.ok(inject);
    give(inject.id, { action: "connect" });
    await finished;

    assert.deepEqual(caught, []);
    assert.equal(
      readFileSync(file, "utf8"),
      "buy milk and two loaves of bread\ncall the plumber on friday\n",
    );
    const [created] = events.filter(topicIs("session.created"));
    assert.equal(created?.payload.session.type, "transcription");
    assert.deepEqual(
      events.filter(({ topic }) => topic?.startsWith("response.")),
      [],
    );
  });
});
