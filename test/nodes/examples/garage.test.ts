import assert from "node:assert/strict";
import { collect, next, topicIs, useNodeRed, type Message } from "../../support/canvas";
import { Example } from "../../support/example";

describe("example 11: a garage door that asks first", () => {
  useNodeRed();
  let example: Example;
  let opened: Message[];
  let events: string;

  async function begin(): Promise<void> {
    const door = example.probe("garage door (make-believe)");
    events = example.probeEvents("House");
    await example.load();
    opened = collect(door);
  }

  const saying = (pattern: RegExp): Promise<Message> =>
    next(example.id("said"), ({ payload }) => pattern.test(String(payload)));
  const hearing = (words: string): Promise<Message> =>
    next(example.id("heard"), ({ payload }) => payload === words);

  /** Asks for the door, and resolves when the house has asked back. */
  async function ask(): Promise<void> {
    const heard = hearing("please open the garage door");
    const asked = saying(/^Shall I open the garage door\?$/);
    const played = next(example.id("to the loudspeaker"));
    example.press("please open the garage door");
    await heard;
    await asked;
    await played;
    assert.deepEqual(opened, []);
  }

  beforeEach(() => {
    example = new Example("11 Garage door, ask first");
  });

  it("opens the door once, when a person says yes", async () => {
    await begin();
    const caught = collect(example.id("errors"));
    const responses = collect(events);
    await ask();
    const heard = hearing("yes please");
    const answered = saying(/^The garage door is open\.$/);
    example.press("yes please");
    await heard;
    await answered;
    assert.equal(opened.length, 1);
    assert.deepEqual(caught, []);
    const spoken = responses.filter(topicIs("response.output_audio_transcript.done"));
    assert.deepEqual(
      spoken.map(({ payload }) => payload.transcript),
      ["Shall I open the garage door?", "The garage door is open."],
    );
  });

  it("leaves it closed when a person says no, and says so", async () => {
    await begin();
    await ask();
    const heard = hearing("no please");
    const answered = saying(/did not work.*did not allow/);
    example.press("no please");
    await heard;
    await answered;
    assert.deepEqual(opened, []);
  });

  it("opens it at a button, and not at a second one", async () => {
    await begin();
    await ask();
    const answered = saying(/is open/);
    example.press("yes, by a button");
    await answered;
    const late = next(example.id("errors"));
    example.press("yes, by a button");
    assert.equal((await late)["error"].code, "call_lost");
    assert.equal(opened.length, 1);
  });

  it("leaves it closed at a button", async () => {
    await begin();
    await ask();
    const answered = saying(/did not allow/);
    example.press("no, by a button");
    await answered;
    assert.deepEqual(opened, []);
  });

  it("leaves it closed when nobody decides in time", async () => {
    assert.equal(example.find("open_garage_door")["deadline"], "20");
    example.change("open_garage_door", { deadline: "1" });
    await begin();
    const answered = saying(/^Nobody agreed, so the garage door stays closed\.$/);
    const late = next(example.id("errors"), ({ error }) => error.code === "tool_deadline");
    await ask();
    await answered;
    await late;
    const refused = next(example.id("errors"), ({ error }) => error.code === "call_lost");
    example.press("yes, by a button");
    await refused;
    assert.deepEqual(opened, []);
  });

  it("says that there is nothing to decide when nothing was asked", async () => {
    await begin();
    const answered = saying(/^There is nothing to decide\.$/);
    example.press("yes please");
    await answered;
    assert.deepEqual(opened, []);
  });
});
