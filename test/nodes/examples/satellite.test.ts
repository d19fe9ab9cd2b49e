import assert from "node:assert/strict";
import { encodeWav, parseWav } from "../../../lib/audio/wav";
import { collect, next, status, topicIs, useNodeRed, type Message } from "../../support/canvas";
import { Example } from "../../support/example";
import { MqttBroker } from "../../support/mqtt-broker";
import { Speaker } from "../../support/speech";

/** Samples in a message of a satellite: 64 ms, 2,048 bytes. */
const CHUNK = 1024;

describe("example 8: satellites by MQTT", () => {
  useNodeRed();
  const person = Speaker.use();
  let broker: MqttBroker;
  let example: Example;
  let events: string;

  beforeEach(async () => {
    broker = await MqttBroker.start();
    example = new Example("8 Satellite by MQTT");
    const { broker: host, port } = example.find("Broker");
    assert.deepEqual({ host, port }, { host: "localhost", port: 1883 });
    example.change("Broker", { broker: "127.0.0.1", port: broker.port });
    events = example.probeEvents("Satellites");
  });
  afterEach(() => broker.close());

  async function begin(): Promise<void> {
    await example.load();
    example.press("connect to your broker");
    await broker.subscribed(
      "hermes/audioServer/+/audioFrame",
      "hermes/audioServer/+/playFinished",
      "hermes/hotword/+/detected",
    );
  }

  /** Resolves when the room's session is there. */
  async function wake(site: string): Promise<void> {
    const created = next(
      events,
      (message) => topicIs("session.created")(message) && roomIs(site)(message),
    );
    broker.publish("hermes/hotword/computer/detected", JSON.stringify({ siteId: site }));
    await created;
  }

  /** Each message of a satellite is a WAV file of its own. */
  async function framesOf(words: string): Promise<Buffer[]> {
    const samples = await person.say(words, 16_000);
    const frames: Buffer[] = [];
    for (let at = 0; at + CHUNK <= samples.length; at += CHUNK)
      frames.push(encodeWav(samples.subarray(at, at + CHUNK), 16_000));
    for (const frame of frames) assert.equal(frame.length, 44 + 2 * CHUNK);
    return frames;
  }

  const frameTopic = (site: string): string => `hermes/audioServer/${site}/audioFrame`;
  const replyTopic = (site: string): string => `hermes/audioServer/${site}/playBytes/`;
  const roomIs = (room: string) => (message: Message) => message["realtime"].session === room;

  for (const { sentence, room, words, state } of [
    { sentence: "turn on the light", room: "kitchen", words: "turn on the light", state: "on" },
    {
      sentence: "switch the light off please",
      room: "bedroom",
      words: "switch the light off please",
      state: "off",
    },
  ]) {
    it(`plays "${sentence}" through without a broker`, async () => {
      await example.load();
      const caught = collect(example.id("errors"));
      const heard = next(example.id("heard"));
      const switched = next(example.id("switched"));
      const said = next(example.id("said"), ({ payload }) => /light is/.test(String(payload)));
      const played = next(example.id("to be played"));
      example.press(`"${sentence}", in the ${room}`);
      assert.equal((await heard).payload, words);
      const expected = `The ${room} light is ${state}.`;
      assert.equal((await switched).payload, expected);
      assert.equal((await said).payload, expected);
      assert.ok((await played).topic?.startsWith(replyTopic(room)));
      assert.deepEqual(caught, []);
      assert.equal(broker.connections, 0);
    });
  }

  it("hears two rooms that speak at once, each by itself, and answers into each", async () => {
    await begin();
    const calls = collect(example.id("switched"));
    const heard = collect(example.id("heard"));
    const caught = collect(example.id("errors"));
    await wake("kitchen");
    await wake("bedroom");
    const kitchen = await framesOf("turn on the light");
    const bedroom = await framesOf("switch the light off please");
    for (let at = 0; at < Math.max(kitchen.length, bedroom.length); at += 1) {
      for (const [site, frame] of [
        ["kitchen", kitchen[at]],
        ["bedroom", bedroom[at]],
      ] as const)
        if (frame !== undefined) broker.publish(frameTopic(site), frame);
    }
    const answers = [
      await broker.next(replyTopic("kitchen")),
      await broker.next(replyTopic("bedroom")),
    ];
    for (const { payload } of answers) assert.ok(parseWav(payload).samples.length > 8000);
    assert.deepEqual(
      calls.map(({ payload }) => payload as string).toSorted(),
      ["The bedroom light is off.", "The kitchen light is on."],
    );
    for (const [room, words] of [
      ["kitchen", "turn on the light"],
      ["bedroom", "switch the light off please"],
    ] as const)
      assert.deepEqual(
        heard.filter(roomIs(room)).map(({ payload }) => payload as string),
        [words],
      );
    assert.equal(broker.published.length, 2, "one answer for each room");
    assert.deepEqual(caught, []);
  });

  it("does not hear a room while its loudspeaker plays, and hears it again afterwards", async () => {
    await begin();
    const microphone = example.id("openai-realtime-audio-in");
    await wake("kitchen");
    const muted = status(microphone, "status.muted");
    for (const frame of await framesOf("turn on the light"))
      broker.publish(frameTopic("kitchen"), frame);
    const { topic } = await broker.next(replyTopic("kitchen"));
    await muted;
    const heard = next(example.id("heard"));
    broker.publish(
      "hermes/audioServer/kitchen/playFinished",
      JSON.stringify({ id: topic.slice(replyTopic("kitchen").length), siteId: "kitchen" }),
    );
    // After the tail the room is heard again.
    const open = status(microphone, "status.talking");
    const frames = await framesOf("turn off the light");
    const send = setInterval(() => {
      broker.publish(frameTopic("kitchen"), encodeWav(new Int16Array(CHUNK), 16_000));
    }, 64);
    await open;
    clearInterval(send);
    for (const frame of frames) broker.publish(frameTopic("kitchen"), frame);
    assert.equal((await heard).payload, "turn off the light");
  });
});
