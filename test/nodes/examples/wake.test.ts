import assert from "node:assert/strict";
import { startLocalServer, type LocalServer } from "../../../lib/index";
import { collect, next, topicIs, unload, useNodeRed } from "../../support/canvas";
import { Example } from "../../support/example";

const COMMAND = "turn on the kitchen light";

describe("example 9: wake, ask, sleep", () => {
  useNodeRed();
  let example: Example;
  let server: LocalServer | undefined;

  beforeEach(() => {
    example = new Example("9 Wake, ask, sleep");
  });

  afterEach(async () => {
    await unload();
    await server?.close();
    server = undefined;
  });

  it("opens no session for sound alone, but hears what was said just before it was woken", async () => {
    const events = example.probeEvents("Asleep until woken");
    const microphone = example.probe("and a second of silence");
    await example.load();
    const seen = collect(events);
    const caught = collect(example.id("errors"));
    const spoken = next(microphone);
    example.press("the command alone: nobody listens");
    await spoken;
    assert.deepEqual(seen, []);
    const heard = next(example.id("heard"));
    const called = next(example.id("tool call"));
    example.press("wake word");
    assert.equal((await heard).payload, COMMAND);
    assert.deepEqual((await called).payload, { device: "light", room: "kitchen", state: "on" });
    assert.equal(seen.filter(topicIs("session.created")).length, 1);
    assert.deepEqual(caught, []);
  });

  it("loses nothing of a command that begins with the wake word, answers, and tells the cost", async () => {
    await example.load();
    const heard = next(example.id("heard"));
    const said = next(example.id("said"));
    const cost = next(example.id("cost"), ({ realtime }) => realtime.usage !== undefined);
    example.press("wake word, and a command at once");
    assert.equal((await heard).payload, COMMAND);
    assert.match((await said).payload, /kitchen light is on/);
    const { realtime } = await cost;
    assert.equal(realtime.usage.session, 0);
    assert.equal(realtime.usage.estimated, false);
  });

  it("sleeps again when nobody has said anything for as long as its form says", async () => {
    assert.equal(example.find("Asleep until woken")["idleClose"], "1");
    // Long enough to load the ears of a slow machine, who hear the command only then.
    example.change("Asleep until woken", { idleClose: "0.1" });
    await example.load();
    const said = next(example.id("said"));
    const closed = next(example.id("closed"));
    example.press("wake word, and a command at once");
    await said;
    assert.equal((await closed).topic, "close");
    const again = next(example.id("heard"));
    example.press("wake word, and a command at once");
    assert.equal((await again).payload, COMMAND);
  });

  it("sleeps until the next day when the budget is spent", async () => {
    // The built-in server is free; the same server at an address of its own has the price of its model.
    server = await startLocalServer({ token: null });
    const prices = { "*": { audio: { input: 1e6, output: 1e6 }, text: { input: 1, output: 1 } } };
    example.change("Built-in", {
      kind: "compatible",
      url: server.url,
      prices: JSON.stringify(prices),
    });
    await example.load();
    const spent = next(example.id("budget is spent"));
    const closed = next(example.id("closed"));
    example.press("wake word, and a command at once");
    await spent;
    await closed;
    const refused = next(example.id("errors"));
    example.press("wake word");
    assert.equal((await refused)["error"].code, "budget_reached");
  });
});
