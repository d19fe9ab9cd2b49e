import assert from "node:assert/strict";
import fc from "fast-check";
import { hostileFrames } from "../support/hostile-frames";
import {
  collect,
  compatible,
  flow,
  give,
  lastStatus,
  load,
  next,
  topicIs,
  useNodeRed,
} from "../support/canvas";
import { WireServer } from "../support/wire-server";

/** Set REALTIME_SEED to repeat a run. */
const { REALTIME_SEED } = process.env;
const seed = REALTIME_SEED === undefined ? Date.now() % 2 ** 31 : Number(REALTIME_SEED);

describe(`hostile frames on the canvas (REALTIME_SEED=${seed})`, () => {
  useNodeRed();
  let server: WireServer;

  beforeEach(async () => {
    server = await WireServer.start();
  });

  afterEach(async () => {
    await server.close();
  });

  it("reach functions and debug nodes, and change no prototype", async () => {
    const keys = Reflect.ownKeys(Object.prototype);
    const node = { type: "openai-realtime-connect", session: "s", key: "__proto__" };
    await load(
      flow(
        ...compatible(server.url),
        { ...node, id: "c", emit: "all", echo: true, wires: [["f"]] },
        {
          ...node,
          id: "watch",
          emit: "chosen",
          events: ["conversation.*", "conversation.updated", "realtime.event"],
          wires: [["d"]],
        },
        {
          id: "f",
          type: "function",
          outputs: 1,
          func: 'msg.members = typeof msg.payload === "object" ? Object.keys(msg.payload) : []; return msg;',
          wires: [["out"]],
        },
        { id: "d", type: "debug", active: true, tosidebar: true, console: false, complete: "true" },
        { id: "out", type: "helper" },
      ),
      {},
      ["function/10-function", "common/21-debug"],
    );
    const connected = next("completed");
    give("c", { action: "connect" });
    await connected;
    const out = collect("out");
    const caught = collect("caught");
    const end = next("out", topicIs("the.end"));
    const frames = fc.sample(hostileFrames, { seed, numRuns: 200 });
    for (const frame of frames) server.peer.send(frame);
    const depth = 200_000;
    server.peer.send(
      `{"type":"conversation.item.added","item":{"type":"message","id":"constructor","role":"user","content":[],"x":${"[".repeat(depth)}${"]".repeat(depth)}}}`,
    );
    server.send({ type: "the.end" });
    const { realtime, members } = await end;
    assert.equal(realtime.session, "__proto__");
    assert.deepEqual([...members], ["type"]);
    assert.ok(out.length > 50, `${out.length} of ${frames.length} frames came out`);
    assert.ok(caught.length > 0);
    assert.deepEqual(Reflect.ownKeys(Object.prototype), keys);
    assert.equal("polluted" in {}, false);
    // A frame may have told of speech; whatever it told of, the session is there.
    assert.match(lastStatus("c") ?? "", /^status\.(?:ready|listening|thinking|speaking)$/);
  });
});
