import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import helper from "node-red-node-test-helper";
import { parseWav } from "../../lib/audio/wav";
import {
  builtIn,
  collect,
  completed,
  flow,
  give,
  load,
  next,
  topicIs,
  useNodeRed,
  userWords,
  watched,
  type FlowNode,
} from "../support/canvas";

const spoken = builtIn.map((node) => (node.id === "s" ? { ...node, output: "audio" } : node));

async function loadPlayer(members: Partial<FlowNode>): Promise<void> {
  await load(
    flow(
      ...spoken,
      ...watched(),
      userWords("in"),
      {
        id: "out",
        type: "openai-realtime-audio-out",
        session: "s",
        key: "",
        deliver: "stream",
        encoding: "audio/pcm",
        rate: "24000",
        channels: "1",
        address: "",
        wires: [["audio"]],
        ...members,
      },
      { id: "audio", type: "helper" },
    ),
  );
}

function ask(session = "kitchen"): void {
  give("in", { payload: "What can you do?", realtime: { session } });
}

/** Asks, and resolves to all that the server spoke, in PCM of 24 kHz. */
async function answer(): Promise<Buffer> {
  const events = collect("events");
  const ended = next("events", topicIs("response.done"));
  ask();
  await ended;
  const deltas = events.filter(topicIs("response.output_audio.delta"));
  return Buffer.concat(deltas.map(({ payload }) => Buffer.from(payload.delta, "base64")));
}

const httpStatus = async (url: string): Promise<number> => (await fetch(url)).status;

describe("audio out", () => {
  useNodeRed();

  it("gives a stream as it comes, named by its room and item", async () => {
    await loadPlayer({});
    const given = collect("audio");
    const pcm = await answer();
    assert.ok(pcm.length > 10_000);
    assert.ok(Buffer.concat(given.map(({ payload }) => payload)).equals(pcm));
    for (const { topic, realtime } of given) {
      assert.equal(topic, "kitchen");
      assert.equal(realtime.session, "kitchen");
      assert.match(realtime.itemId, /./);
      assert.match(realtime.responseId, /./);
    }
  });

  it("gives the player its rate and channels, with no sample lost", async () => {
    await loadPlayer({ rate: "48000", channels: "2" });
    const given = collect("audio");
    const pcm = await answer();
    assert.equal(Buffer.concat(given.map(({ payload }) => payload)).length, pcm.length * 4);
  });

  it("gives a telephone its G.711", async () => {
    await loadPlayer({ encoding: "audio/pcmu" });
    const given = collect("audio");
    const pcm = await answer();
    const { length } = Buffer.concat(given.map(({ payload }) => payload));
    assert.equal(length, Math.ceil(pcm.length / 6));
  });

  it("gives one WAV file per answer at its end", async () => {
    await loadPlayer({ deliver: "wav", rate: "16000" });
    const given = collect("audio");
    const pcm = await answer();
    assert.equal(given.length, 1);
    const { sampleRate, channels, samples } = parseWav(given[0]?.payload);
    assert.deepEqual({ sampleRate, channels }, { sampleRate: 16_000, channels: 1 });
    assert.equal(samples.length, Math.ceil(pcm.length / 3));
  });

  it("gives an address that serves the file once, whatever was asked of its head", async () => {
    const address = helper.url().replace(/\/$/, "");
    await loadPlayer({ deliver: "url", address });
    const given = next("audio");
    ask();
    const { payload: url } = await given;
    assert.match(url, /^http:\/\/.*\/openai-realtime\/audio\/[0-9a-f]{32}\.wav$/);
    assert.equal((await fetch(url, { method: "HEAD" })).status, 200);
    const response = await fetch(url);
    assert.equal(response.headers.get("content-type"), "audio/wav");
    assert.equal(response.headers.get("cache-control"), "no-store");
    assert.equal(parseWav(new Uint8Array(await response.arrayBuffer())).sampleRate, 24_000);
    assert.equal(await httpStatus(url), 404);
    assert.equal(await httpStatus(url.replace(/[0-9a-f]{32}/, "0".repeat(32))), 404);
  });

  it("serves no address of an answer that was stopped", async () => {
    const address = helper.url().replace(/\/$/, "");
    await loadPlayer({ deliver: "url", address });
    const given = next("audio");
    ask();
    const { payload: url } = await given;
    const reset = next("audio", (message) => message["reset"] === true);
    give("out", { action: "stop", realtime: { session: "kitchen" } });
    await reset;
    assert.equal(await httpStatus(url), 404);
  });

  it("says that Node-RED serves nothing where its settings switch that off", async () => {
    helper.settings({ httpNodeRoot: false } as object);
    try {
      await loadPlayer({ deliver: "url" });
      const given = collect("audio");
      const told = next("caught");
      ask();
      const { error } = await told;
      assert.equal(error.code, "no_address");
      assert.match(error.message, /httpNodeRoot/);
      assert.deepEqual(given, []);
    } finally {
      helper.settings({});
    }
  });

  it("tells the player to stop, and the server how much was heard", async () => {
    await loadPlayer({ deliver: "paced" });
    const errors = collect("caught");
    const first = next("audio");
    ask();
    await first;
    const reset = next("audio", (message) => message["reset"] === true);
    const truncated = next("events", topicIs("conversation.item.truncated"));
    give("out", { action: "stop", realtime: { session: "kitchen" } });
    const { topic, payload, realtime } = await reset;
    assert.equal(topic, "kitchen");
    assert.equal(payload, undefined);
    assert.equal((await truncated).payload.item_id, realtime.itemId);
    assert.deepEqual(errors, []);
  });

  it("keeps the pace when the machine's clock is set", async () => {
    await loadPlayer({ deliver: "paced" });
    const given = collect("audio");
    const response = next("events", topicIs("response.done"));
    ask();
    // From now on all of the answer waits for its time.
    await response;
    const before = given.length;
    const { now } = Date;
    try {
      // A small board learns the time from the network, after its start.
      Date.now = () => now() + 3_600_000;
      await next("audio", () => given.length >= before + 5);
    } finally {
      Date.now = now;
    }
  });

  for (const deliver of ["stream", "paced"])
    it(`gives PCM where a flow written by hand names no format, set to ${deliver}`, async () => {
      await loadPlayer({ deliver, encoding: undefined, rate: undefined, channels: undefined });
      const first = next("audio");
      ask();
      const { payload } = await first;
      assert.equal(payload.length, deliver === "paced" ? 960 : 9600);
    });

  for (const deliver of ["stream", "paced", "wav"])
    it(`says once for an answer that a rate cannot be made, set to ${deliver}`, async () => {
      await loadPlayer({ deliver, rate: "16001" });
      const caught = collect("caught");
      const given = collect("audio");
      for (const number of [1, 2]) {
        const told = next("caught");
        const ended = next("events", topicIs("response.done"));
        ask();
        const [{ error, realtime }] = await Promise.all([told, ended]);
        assert.equal(error.code, "invalid_settings");
        assert.match(error.message, /24000 Hz to 16001 Hz/);
        assert.deepEqual(realtime, { session: "kitchen" });
        // Nothing of it waits for its time any more.
        await completed("out", { action: "finished", realtime });
        assert.equal(caught.length, number);
      }
      assert.deepEqual(given, []);
    });

  it("plays only the room that it is for", async () => {
    await loadPlayer({ key: "bedroom" });
    const given = collect("audio");
    await answer();
    assert.deepEqual(given, []);
  });

  it("refuses a message that says nothing it knows", async () => {
    await loadPlayer({});
    for (const message of [{ action: "sing" }, { action: "played", payload: "much" }]) {
      const error = next("caught");
      give("out", message);
      assert.match((await error)["error"].message, /msg\.(action|payload)/);
    }
  });

  it("announces to a room as the example says", async () => {
    const nodes = JSON.parse(
      readFileSync("examples/10 Announce to a room.json", "utf8"),
    ) as FlowNode[];
    const out = nodes.find(({ type }) => type === "openai-realtime-audio-out");
    const inject = nodes.find(({ type }) => type === "inject");
    const player = nodes.find(({ type }) => type === "http request");
    assert.ok(out && inject && player);
    // It names no address: Node-RED may run on any port.
    assert.equal(out["address"], "");
    helper.settings({ uiPort: Number(new URL(helper.url()).port) });
    const z = inject.z ?? "";
    (player["wires"] as string[][])[0]?.push("played");
    const probe = { id: "played", type: "helper", z, x: 1, y: 1, wires: [] };
    await load([...nodes, probe], {}, [
      "common/20-inject",
      "common/21-debug",
      "common/90-comment",
      "network/21-httprequest",
    ]);
    const fetched = next("played");
    give(inject.id, { payload: "Dinner is ready", realtime: { session: "kitchen" } });
    const { statusCode, payload } = await fetched;
    assert.equal(statusCode, 200);
    assert.ok(parseWav(payload).samples.length > 8000);
  });
});
