import assert from "node:assert/strict";
import { type LocalServer, startLocalServer } from "../../../lib/local-server/server";
import { fanTool, lightTool, TestClient, update, userMessage } from "./client";
import { ScriptedVoice } from "./scripted-voice";

const twoCommands = "turn on the kitchen light and the fan in the bedroom";

describe("local server: responses", () => {
  let server: LocalServer;
  let voice: ScriptedVoice;
  let client: TestClient;

  beforeEach(async () => {
    voice = new ScriptedVoice();
    server = await startLocalServer({ voice });
    client = await TestClient.open(server);
  });

  afterEach(async () => {
    client.close();
    await server.close();
    assert.deepEqual(client.problems(), []);
  });

  const configure = async (session: Record<string, unknown>) => {
    client.send(update(session));
    await client.next("session.updated");
  };
  const create = (response?: Record<string, unknown>, more: Record<string, unknown> = {}) => ({
    type: "response.create",
    ...(response === undefined ? {} : { response }),
    ...more,
  });
  const done = async () => (await client.next("response.done"))["response"];
  const output = (callId: string, value: string) => ({
    type: "conversation.item.create",
    item: { type: "function_call_output", call_id: callId, output: value },
  });
  const said = (response: { output: any[] }) =>
    response.output
      .flatMap((item) => item.content ?? [])
      .map((part) => part.transcript ?? part.text);
  const joined = (type: string, member = "delta") =>
    client.events.filter((event) => event.type === type).map((event) => event[member]);

  it("call two tools in one response, with arguments streamed as text", async () => {
    await configure({ tools: [lightTool, fanTool] });
    client.send(userMessage(twoCommands), create());
    const response = await done();
    assert.equal(response.status, "completed");
    assert.deepEqual(
      response.output.map((item: any) => [
        item.type,
        item.status,
        item.name,
        JSON.parse(item.arguments),
      ]),
      [
        ["function_call", "completed", "set_light", { room: "kitchen", on: true }],
        ["function_call", "completed", "set_fan", { room: "bedroom", on: true }],
      ],
    );
    const deltas = client.events.filter((e) => e.type === "response.function_call_arguments.delta");
    assert.ok(deltas.length > 2);
    for (const [index, item] of response.output.entries()) {
      const own = deltas.filter((event) => event["item_id"] === item.id);
      assert.equal(own.map((event) => event["delta"]).join(""), item.arguments);
      assert.ok(own.every((e) => e["output_index"] === index && e["call_id"] === item.call_id));
    }
  });

  it("call one tool twice in one response", async () => {
    await configure({ tools: [lightTool] });
    client.send(userMessage("turn on the kitchen light and the bedroom light"), create());
    const rooms = (await done()).output.map((item: any) => JSON.parse(item.arguments).room);
    assert.deepEqual(rooms, ["kitchen", "bedroom"]);
  });

  it("call one tool after the other where parallel calls are off", async () => {
    await configure({ tools: [lightTool, fanTool], parallel_tool_calls: false });
    client.send(userMessage(twoCommands), create());
    const first = await done();
    assert.deepEqual(
      first.output.map((item: any) => item.name),
      ["set_light"],
    );
    client.send(output(first.output[0].call_id, "ok"), create());
    const second = await done();
    assert.deepEqual(
      second.output.map((item: any) => item.name),
      ["set_fan"],
    );
    client.send(output(second.output[0].call_id, "ok"), create());
    assert.match(said(await done())[0], /^Okay/);
  });

  it("put the results of the tools into words", async () => {
    await configure({ tools: [lightTool, fanTool] });
    client.send(userMessage(twoCommands), create());
    const [light, fan] = (await done()).output;
    client.send(
      output(fan.call_id, '{"error":"it is unplugged"}'),
      output(light.call_id, "ok"),
      create(),
    );
    const response = await done();
    assert.deepEqual(said(response), [
      "Okay: kitchen light on. Sorry, bedroom fan on did not work: it is unplugged.",
    ]);
  });

  it("do not call again what has not returned yet", async () => {
    await configure({ tools: [lightTool] });
    client.send(userMessage("turn on the kitchen light"), create());
    await done();
    client.send(create());
    assert.deepEqual(said(await done()), ["I am still waiting for the result."]);
  });

  it("add the output of a tool only after the running response", async () => {
    await configure({ tools: [lightTool, fanTool] });
    client.send(userMessage(twoCommands), create());
    const call = await client.next("response.output_item.added");
    client.send(output(call["item"].call_id, "ok"));
    await done();
    const added = await client.next("conversation.item.added");
    assert.equal(added["item"].type, "function_call_output");
    // Once: the end of the next response adds nothing.
    client.send(create());
    await done();
    await client.settled();
    const outputs = joined("conversation.item.added", "item").filter(
      ({ type }) => type === "function_call_output",
    );
    assert.equal(outputs.length, 1);
  });

  it("name the output of a tool that is refused after the running response", async () => {
    await configure({ tools: [lightTool] });
    client.send(userMessage("turn on the kitchen light"), create());
    const call = await client.next("response.output_item.added");
    const late = { ...output(call["item"].call_id, "ok"), previous_item_id: "none" };
    const error = await client.refused({ ...late, event_id: "late" });
    assert.deepEqual([error["param"], error["event_id"]], ["previous_item_id", "late"]);
  });

  it("let 256 outputs of tools wait", async () => {
    await configure({ tools: [lightTool] });
    client.send(userMessage("turn on the kitchen light"), create());
    const [call] = (await done()).output;
    voice.wordMs = 60_000;
    client.send(create({ instructions: 'Say "one two three"' }));
    await client.next("response.output_audio.delta");
    const waiting = Array.from({ length: 256 }, () => output(call.call_id, "ok"));
    const error = await client.refused(...waiting, {
      ...output(call.call_id, "ok"),
      event_id: "one too many",
    });
    assert.deepEqual([error["code"], error["event_id"]], ["rate_limit_exceeded", "one too many"]);
  });

  it("say honestly what they do not understand, and which commands there are", async () => {
    await configure({ tools: [lightTool, fanTool], output_modalities: ["text"] });
    client.send(userMessage("write a poem about the sea"), create());
    const [text] = said(await done());
    assert.match(text, /^Sorry, I did not understand that\./);
    assert.match(text, /My commands are: set light, set fan\.$/);
  });

  it("are refused while one is running, with its event id, and the running one goes on", async () => {
    client.send(userMessage("hello"), create());
    await client.next("response.created");
    const error = await client.refused(create(undefined, { event_id: "second" }));
    assert.equal(error["code"], "conversation_already_has_active_response");
    assert.equal(error["event_id"], "second");
    assert.equal((await done()).status, "completed");
    client.send(create());
    assert.equal((await done()).status, "completed");
  });

  it("run beside the conversation when they are out of band, and leave nothing in it", async () => {
    voice.wordMs = 2_000;
    client.send(userMessage("hello"), create({ metadata: { which: "talk" } }));
    await client.next("response.output_audio.delta");
    client.send(
      create({
        conversation: "none",
        input: [],
        instructions: 'Say exactly: "The post is here."',
        metadata: { which: "announcement" },
      }),
    );
    const ended = [await done(), await done()];
    const announcement = ended.find((response) => response.metadata.which === "announcement");
    assert.deepEqual(said(announcement), ["The post is here."]);
    assert.equal(announcement.conversation_id, null);
    const id = announcement.output[0].id;
    assert.equal(
      (await client.refused({ type: "conversation.item.retrieve", item_id: id }))["code"],
      "item_retrieve_invalid_item_id",
    );
    assert.ok(
      !client.events.some((e) => e.type.startsWith("conversation.item") && e["item"]?.id === id),
    );
    assert.equal(ended.find((response) => response.metadata.which === "talk").status, "completed");
  });

  it("are bounded out of band", async () => {
    voice.wordMs = 2_000;
    for (let index = 0; index < 9; index++) {
      client.send(create({ conversation: "none", input: [], instructions: 'Say "one two three"' }));
    }
    assert.equal((await client.next("error"))["error"].code, "rate_limit_exceeded");
  });

  it("echo the metadata in response.created and response.done", async () => {
    client.send(create({ metadata: { key: "value" } }));
    const created = await client.next("response.created");
    assert.deepEqual(created["response"].metadata, { key: "value" });
    assert.deepEqual((await done()).metadata, { key: "value" });
    client.send(create());
    assert.equal((await done()).metadata, null);
  });

  it("see the input they are given instead of the conversation", async () => {
    await configure({ tools: [lightTool], output_modalities: ["text"] });
    client.send(
      userMessage("turn on the kitchen light", {
        item: { ...userMessage("turn on the kitchen light").item, id: "kept" },
      }),
    );
    client.send(userMessage("nonsense"));
    client.send(create({ conversation: "none", input: [{ type: "item_reference", id: "kept" }] }));
    assert.equal((await done()).output[0].name, "set_light");
    client.send(
      create({ conversation: "none", input: [userMessage("turn off the bedroom light").item] }),
    );
    assert.deepEqual(JSON.parse((await done()).output[0].arguments), {
      room: "bedroom",
      on: false,
    });
    const error = await client.refused(create({ input: [{ type: "item_reference", id: "none" }] }));
    assert.equal(error["param"], "response.input[0].id");
  });

  it("take their own tools, modality and limits instead of the session's", async () => {
    await configure({ tools: [lightTool] });
    client.send(userMessage("turn on the kitchen fan"), create({ tools: [fanTool] }));
    assert.equal((await done()).output[0].name, "set_fan");
    client.send(userMessage("hello"), create({ output_modalities: ["text"] }));
    const response = await done();
    assert.deepEqual(response.output_modalities, ["text"]);
    assert.equal(response.output[0].content[0].type, "output_text");
  });

  it("are refused with what they cannot do", async () => {
    for (const [params, param] of [
      [{ conversation: "other" }, "response.conversation"],
      [{ prompt: { id: "p" } }, "response.prompt"],
      [
        { tools: [{ type: "mcp", server_label: "x", server_url: "https://example.org" }] },
        "response.tools[0].type",
      ],
      [
        {
          input: [
            {
              type: "message",
              role: "assistant",
              content: [{ type: "output_audio", transcript: "x" }],
            },
          ],
        },
        "response.input[0].content[0].type",
      ],
      [{ unknown: 1 }, "response.unknown"],
    ] as const) {
      assert.equal((await client.refused(create(params)))["param"], param);
    }
    client.send(create());
    await done();
  });

  describe("with tool_choice", () => {
    beforeEach(() => configure({ tools: [lightTool, fanTool], output_modalities: ["text"] }));

    it('"none" call nothing', async () => {
      client.send(userMessage("turn on the kitchen light"), create({ tool_choice: "none" }));
      const response = await done();
      assert.deepEqual(
        response.output.map((item: any) => item.type),
        ["message"],
      );
    });

    it('"required" never invent a call', async () => {
      client.send(userMessage("what do you think"), create({ tool_choice: "required" }));
      assert.match(said(await done())[0], /^Sorry/);
    });

    it('"required" come to an end after the results', async () => {
      client.send(userMessage("turn on the kitchen light"), create({ tool_choice: "required" }));
      const {
        output: [call],
      } = await done();
      client.send(output(call.call_id, "ok"), create({ tool_choice: "required" }));
      assert.deepEqual(said(await done()), ["Okay: kitchen light on."]);
    });

    it("for one function use no other, and call it without arguments only if it needs none", async () => {
      const choice = { type: "function", name: "set_fan" };
      client.send(userMessage("turn on the kitchen light"), create({ tool_choice: choice }));
      assert.match(said(await done())[0], /^Sorry/);
      const refresh = { type: "function", name: "refresh", parameters: { type: "object" } };
      client.send(
        userMessage("anything"),
        create({ tools: [refresh], tool_choice: { type: "function", name: "refresh" } }),
      );
      const {
        output: [call],
      } = await done();
      assert.deepEqual([call.name, call.arguments], ["refresh", "{}"]);
    });
  });

  describe("cancelled", () => {
    beforeEach(() => {
      voice.wordMs = 5_000;
    });

    it("end in the middle, with incomplete items and what was sent", async () => {
      client.send(userMessage("hello"), create());
      await client.next("response.output_audio.delta");
      client.send({ type: "response.cancel" });
      const response = await done();
      assert.equal(response.status, "cancelled");
      assert.deepEqual(response.status_details, { type: "cancelled", reason: "client_cancelled" });
      assert.equal(response.output[0].status, "incomplete");
      const transcript = joined("response.output_audio_transcript.delta").join("");
      assert.equal(response.output[0].content[0].transcript, transcript);
      const tail = client.types().slice(-6);
      assert.deepEqual(tail, [
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "conversation.item.done",
        "response.output_item.done",
        "response.done",
      ]);
      const count = client.events.length;
      await client.settled();
      assert.deepEqual(client.types(count), ["error"]);
    });

    it("can be truncated at once, to what was sent at most", async () => {
      client.send(userMessage("hello"), create());
      const { item_id: itemId } = await client.next("response.output_audio.delta");
      const truncate = (end: number) => ({
        type: "conversation.item.truncate",
        item_id: itemId,
        content_index: 0,
        audio_end_ms: end,
      });
      client.send({ type: "response.cancel" }, truncate(100));
      await client.next("conversation.item.truncated");
      assert.match((await client.refused(truncate(101)))["message"], /already shorter than/);
    });

    it("leave a transcript out that was truncated while it was spoken", async () => {
      client.send(userMessage("hello"), create());
      const { item_id: itemId } = await client.next("response.output_audio.delta");
      client.send(
        { type: "conversation.item.truncate", item_id: itemId, content_index: 0, audio_end_ms: 50 },
        { type: "response.cancel" },
      );
      await done();
      client.send({ type: "conversation.item.retrieve", item_id: itemId });
      const { item } = await client.next("conversation.item.retrieved");
      assert.equal(item.content[0].transcript, undefined);
    });

    it("by id out of band leave the conversation's alone", async () => {
      client.send(userMessage("hello"), create());
      await client.next("response.output_audio.delta");
      client.send(
        create({
          conversation: "none",
          input: [],
          instructions: 'Say "one two"',
          metadata: { a: "b" },
        }),
      );
      const { response: other } = await client.next("response.created");
      client.send({ type: "response.cancel", response_id: other.id });
      const first = await done();
      assert.deepEqual([first.id, first.status], [other.id, "cancelled"]);
      client.send({ type: "response.cancel" });
      assert.equal((await done()).status, "cancelled");
    });

    it("are an error when nothing runs, or another one", async () => {
      const cancel = { type: "response.cancel", event_id: "e" };
      const error = await client.refused(cancel);
      assert.deepEqual([error["code"], error["event_id"]], ["response_cancel_not_active", "e"]);
      assert.equal(
        (await client.refused({ ...cancel, response_id: "resp_x" }))["code"],
        "response_cancel_not_active",
      );
    });
  });

  it("speak audio of the length of the words, in deltas of 100 to 200 ms", async () => {
    client.send(create({ instructions: 'Say "one two three four five"' }));
    const response = await done();
    const deltas = joined("response.output_audio.delta").map((delta) =>
      Buffer.from(delta, "base64"),
    );
    assert.equal(Buffer.concat(deltas).length, 5 * 100 * 48);
    assert.ok(deltas.length >= 2 && deltas.every((delta) => delta.length <= 200 * 48));
    assert.deepEqual(said(response), ["one two three four five"]);
    assert.deepEqual(voice.spoken, [{ text: "one two three four five", voice: "alloy" }]);
  });

  for (const format of ["audio/pcmu", "audio/pcma"]) {
    it(`speak ${format}`, async () => {
      await configure({ audio: { output: { format: { type: format } } } });
      client.send(create({ instructions: 'Say "one two three four five"' }));
      const response = await done();
      assert.deepEqual(response.audio.output.format, { type: format });
      const bytes = Buffer.concat(
        joined("response.output_audio.delta").map((delta) => Buffer.from(delta, "base64")),
      );
      assert.equal(bytes.length, 5 * 100 * 8);
      // A tone, not silence: many different codes.
      assert.ok(new Set(bytes).size > 20);
    });
  }

  it("speak with the voice they name", async () => {
    client.send(create({ instructions: 'Say "one"', audio: { output: { voice: "echo" } } }));
    await done();
    assert.equal(voice.spoken[0]?.voice, "echo");
  });

  it("speak in the format they name", async () => {
    const format = { type: "audio/pcmu" };
    client.send(create({ instructions: 'Say "one two"', audio: { output: { format } } }));
    assert.deepEqual((await done()).audio.output.format, format);
    const bytes = Buffer.from(joined("response.output_audio.delta").join(""), "base64");
    // Two words of 100 ms, of 8 bytes each.
    assert.equal(bytes.length, 200 * 8);
  });

  it("are text where there is no mouth, though audio was asked for", async () => {
    voice.available = { ears: true, mouth: false, reason: "There is no mouth." };
    client.send(create({ instructions: 'Say "one"' }));
    const response = await done();
    assert.deepEqual(response.output[0].content, [{ type: "output_text", text: "one" }]);
    assert.equal(joined("response.output_text.done", "text")[0], "one");
  });

  it("are text where the mouth fails", async () => {
    voice.speak = () => Promise.reject(new Error("crash"));
    client.send(create({ instructions: 'Say "one"' }));
    assert.deepEqual((await done()).output[0].content, [{ type: "output_text", text: "one" }]);
  });

  it("fail where the mouth fails in the middle", async () => {
    const speak = voice.speak.bind(voice);
    voice.speak = (text, name) =>
      text.startsWith("Two") ? Promise.reject(new Error("crash")) : speak(text, name);
    client.send(create({ instructions: 'Say "One. Two."' }));
    const response = await done();
    assert.equal(response.status, "failed");
    assert.equal(response.status_details.error.type, "server_error");
    assert.equal(response.output[0].status, "incomplete");
    client.send(create());
    assert.equal((await done()).status, "completed");
  });

  it("stop at their limit of tokens", async () => {
    const words = "one two three four five six seven eight nine ten";
    client.send(create({ instructions: `Say "${words}"`, max_output_tokens: 10 }));
    const response = await done();
    assert.equal(response.status, "incomplete");
    assert.deepEqual(response.status_details, { type: "incomplete", reason: "max_output_tokens" });
    assert.ok(response.usage.output_tokens <= 10 && response.usage.output_tokens > 5);
    assert.equal(response.max_output_tokens, 10);
  });

  it("count their tokens, with sums that agree", async () => {
    await configure({ instructions: "12345678", tools: [lightTool] });
    client.send(userMessage("abcdefgh"), create({ instructions: 'Say "one two"' }));
    const { usage } = await done();
    assert.equal(usage.output_token_details.text_tokens, 2);
    assert.equal(usage.output_token_details.audio_tokens, 4);
    const instructions = Math.ceil('Say "one two"'.length / 4);
    const tools = Math.ceil(JSON.stringify([lightTool]).length / 4);
    assert.equal(usage.input_token_details.text_tokens, instructions + tools + 2);
    assert.equal(usage.input_tokens, usage.input_token_details.text_tokens);
    assert.equal(usage.output_tokens, 6);
    assert.equal(usage.total_tokens, usage.input_tokens + usage.output_tokens);
  });

  it("tell the rate limits once each", async () => {
    client.send(create());
    await done();
    client.send(create());
    await done();
    assert.equal(client.types().filter((type) => type === "rate_limits.updated").length, 2);
  });
});
