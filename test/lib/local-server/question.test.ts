import assert from "node:assert/strict";
import { OpenQuestion } from "../../../lib/local-server/open-question";
import { type LocalServer, startLocalServer } from "../../../lib/local-server/server";
import type { Question } from "../../../lib/offline-voice/question";
import { understand } from "../../../lib/offline-voice/understanding";
import { audio, fanTool, lightTool, TestClient, update, userMessage } from "./client";
import { ManualClock } from "./manual-clock";
import { ScriptedVoice } from "./scripted-voice";

describe("a question of the built-in server", () => {
  const ask = (text: string): Question => {
    const understood = understand(text, [lightTool]);
    assert.ok(understood.kind === "incomplete");
    return understood.question;
  };

  it("is open for a minute, however often it is repeated", () => {
    const clock = new ManualClock();
    const question = new OpenQuestion(clock);
    assert.equal(question.current, null);
    const which = ask("turn on the light");
    question.ask(which);
    clock.advance(59_000);
    question.ask(which);
    assert.equal(question.current, which);
    clock.advance(1_000);
    assert.equal(question.current, null);
    assert.equal(clock.waiting, 0);
  });

  it("gives way to another one, which has its own minute", () => {
    const clock = new ManualClock();
    const question = new OpenQuestion(clock);
    question.ask(ask("turn on the light"));
    clock.advance(59_000);
    const other = ask("turn off the light");
    question.ask(other);
    clock.advance(59_000);
    assert.equal(question.current, other);
    question.close();
    assert.equal(question.current, null);
    assert.equal(clock.waiting, 0);
  });

  describe("in a session", () => {
    let server: LocalServer;
    let voice: ScriptedVoice;
    let client: TestClient;

    beforeEach(async () => {
      voice = new ScriptedVoice();
      server = await startLocalServer({ voice });
      client = await TestClient.open(server);
      client.send(update({ tools: [lightTool, fanTool], output_modalities: ["text"] }));
      await client.next("session.updated");
    });

    afterEach(async () => {
      client.close();
      await server.close();
      assert.deepEqual(client.problems(), []);
    });

    /** What is answered: words, or calls with their arguments. */
    const answered = async (): Promise<unknown> => {
      const { response } = await client.next("response.done");
      return response.output.map((item: any) =>
        item.type === "message"
          ? item.content[0].text
          : [item.name, JSON.parse(item.arguments as string)],
      );
    };
    const write = (text: string, response: Record<string, unknown> = {}): Promise<unknown> => {
      client.send(userMessage(text), { type: "response.create", response });
      return answered();
    };
    // The resampler carries the end of a tone into the next chunk.
    const speech = [audio(400), audio(600, 0.3), audio(20), audio(600)];
    const say = (transcript: string): Promise<unknown> => {
      voice.heard.push({ kind: "understood", transcript });
      client.send(...speech);
      return answered();
    };
    const WHICH = ["Which room: kitchen or bedroom?"];

    it("asks for what a command lacks, and makes the call of the reply", async () => {
      assert.deepEqual(await write("turn on the light"), WHICH);
      assert.deepEqual(await write("the kitchen, please"), [
        ["set_light", { on: true, room: "kitchen" }],
      ]);
      assert.match(String(await write("bedroom")), /^Sorry, I did not understand that\. No|^Sorry/);
    });

    it("is open to another command, and closed by it", async () => {
      assert.deepEqual(await write("turn on the light"), WHICH);
      assert.deepEqual(await write("turn off the kitchen fan"), [
        ["set_fan", { room: "kitchen", on: false }],
      ]);
      assert.match(String(await write("bedroom")), /^Sorry, I did not understand that/);
    });

    it("listens for the reply as long as it is open", async () => {
      assert.deepEqual(await say("turn on the light"), WHICH);
      assert.deepEqual(await say("in the bedroom"), [["set_light", { on: true, room: "bedroom" }]]);
      await say("turn on the kitchen light");
      const isListenedFor = voice.expected.map(({ jsgf }) => jsgf.includes("<reply>"));
      assert.deepEqual(isListenedFor, [false, true, false]);
    });

    it("is asked again where something else was heard", async () => {
      assert.deepEqual(await say("turn on the light"), WHICH);
      voice.heard.push({ kind: "rejected", reason: "A noise.", unfinished: false });
      client.send(...speech);
      const again = [`Sorry, I did not understand that. ${WHICH[0]}`];
      assert.deepEqual(await answered(), again);
      assert.deepEqual(await say("kitchen"), [["set_light", { on: true, room: "kitchen" }]]);
    });

    it("stays as it is while something is answered beside the talk", async () => {
      assert.deepEqual(await write("turn on the light"), WHICH);
      const beside = { conversation: "none", input: [userMessage("turn off the fan").item] };
      client.send({ type: "response.create", response: beside });
      assert.deepEqual(await answered(), WHICH);
      assert.deepEqual(await write("kitchen"), [["set_light", { on: true, room: "kitchen" }]]);
    });

    it("is put by when a tool is gone", async () => {
      assert.deepEqual(await write("turn on the light"), WHICH);
      client.send(update({ tools: [fanTool] }));
      await client.next("session.updated");
      assert.match(String(await write("kitchen")), /^Sorry, I did not understand that/);
    });
  });
});
