import assert from "node:assert/strict";
import { type LocalServer, startLocalServer } from "../../../lib/local-server/server";
import { audio, TestClient, update, userMessage } from "./client";
import { ScriptedVoice } from "./scripted-voice";

describe("local server: items of the conversation", () => {
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
  });

  const item = (id: string, text = id) => ({ ...userMessage(text).item, id });
  const create = async (value: unknown, more: Record<string, unknown> = {}) => {
    client.send({ type: "conversation.item.create", item: value, ...more });
    const added = await client.next("conversation.item.added");
    const done = await client.next("conversation.item.done");
    assert.deepEqual(done["item"], added["item"]);
    assert.equal(done["previous_item_id"], added["previous_item_id"]);
    return added;
  };

  it("keep the id of the client, or get one", async () => {
    assert.equal((await create(item("mine")))["item"].id, "mine");
    assert.match((await create(userMessage("x").item))["item"].id, /^item_\w{21}$/);
    assert.equal(client.events.at(-1)?.["item"].status, "completed");
  });

  it("come at the end, at the front or after another", async () => {
    assert.equal((await create(item("a")))["previous_item_id"], null);
    assert.equal((await create(item("b")))["previous_item_id"], "a");
    assert.equal((await create(item("c"), { previous_item_id: "root" }))["previous_item_id"], null);
    assert.equal((await create(item("d"), { previous_item_id: "a" }))["previous_item_id"], "a");
    // c a d b
    assert.equal((await create(item("e"), { previous_item_id: "d" }))["previous_item_id"], "d");
    assert.equal((await create(item("f")))["previous_item_id"], "b");
    assert.equal((await create(item("g"), { previous_item_id: "" }))["previous_item_id"], "f");
  });

  it("are refused with an id that is there, and after one that is not", async () => {
    await create(item("a"));
    const twice = await client.refused({
      type: "conversation.item.create",
      item: item("a"),
      event_id: "e1",
    });
    assert.deepEqual([twice["param"], twice["event_id"]], ["item.id", "e1"]);
    const orphan = await client.refused({
      type: "conversation.item.create",
      item: item("b"),
      previous_item_id: "none",
      event_id: "e2",
    });
    assert.deepEqual([orphan["param"], orphan["event_id"]], ["previous_item_id", "e2"]);
    const missing = await client.refused({ type: "conversation.item.retrieve", item_id: "b" });
    assert.equal(missing["code"], "item_retrieve_invalid_item_id");
  });

  it("are refused with content that their role cannot have", async () => {
    for (const [role, type] of [
      ["system", "input_audio"],
      ["user", "output_text"],
      ["user", "text"],
      ["assistant", "input_text"],
      ["assistant", "output_audio"],
    ]) {
      const error = await client.refused({
        type: "conversation.item.create",
        item: { type: "message", role, content: [{ type, text: "x" }] },
        event_id: "e",
      });
      assert.equal(error["code"], "unsupported_content_type", `${role} ${type}`);
      assert.equal(error["param"], "item.content[0].type");
      assert.equal(error["event_id"], "e");
    }
  });

  it("are refused without what their type needs", async () => {
    for (const [value, param] of [
      [{ type: "message", role: "user" }, "item.content"],
      [
        { type: "message", role: "user", content: [{ type: "input_text" }] },
        "item.content[0].text",
      ],
      [{ type: "function_call_output", output: "x" }, "item.call_id"],
    ] as const) {
      const error = await client.refused({ type: "conversation.item.create", item: value });
      assert.deepEqual([error["code"], error["param"]], ["missing_required_parameter", param]);
    }
  });

  it("take a tool's output only for a call that is there", async () => {
    const output = { type: "function_call_output", call_id: "call_1", output: "ok" };
    const error = await client.refused({ type: "conversation.item.create", item: output });
    assert.equal(error["param"], "item.call_id");
    await create({ type: "function_call", call_id: "call_1", name: "f", arguments: "{}" });
    assert.equal((await create(output))["item"].output, "ok");
  });

  it("can be retrieved and deleted, once", async () => {
    await create(item("a", "text of a"));
    await create(item("b"));
    client.send({ type: "conversation.item.retrieve", item_id: "a" });
    const retrieved = await client.next("conversation.item.retrieved");
    assert.equal(retrieved["item"].content[0].text, "text of a");
    client.send({ type: "conversation.item.delete", item_id: "a" });
    assert.equal((await client.next("conversation.item.deleted"))["item_id"], "a");
    for (const [type, code] of [
      ["conversation.item.delete", "item_delete_invalid_item_id"],
      ["conversation.item.retrieve", "item_retrieve_invalid_item_id"],
    ] as const) {
      assert.equal((await client.refused({ type, item_id: "a" }))["code"], code);
    }
    assert.equal((await create(item("a")))["previous_item_id"], "b");
  });

  it("return the user's audio when they are retrieved, and only then", async () => {
    client.send(update({ audio: { input: { turn_detection: null } } }));
    await client.next("session.updated");
    const chunk = audio(200, 0.3);
    client.send(chunk, { type: "input_audio_buffer.commit" });
    const added = await client.next("conversation.item.added");
    assert.deepEqual(added["item"].content, [{ type: "input_audio" }]);
    client.send({ type: "conversation.item.retrieve", item_id: added["item"].id });
    const { item: retrieved } = await client.next("conversation.item.retrieved");
    assert.equal(retrieved.content[0].audio, chunk.audio);
  });

  it("take the user's audio, and refuse what is not base64", async () => {
    const part = (value: string) => ({
      type: "message",
      role: "user",
      content: [{ type: "input_audio", audio: value }],
    });
    const { audio: base64 } = audio(100, 0.3);
    const added = await create(part(base64));
    assert.deepEqual(added["item"].content, [{ type: "input_audio" }]);
    client.send({ type: "conversation.item.retrieve", item_id: added["item"].id });
    const { item: retrieved } = await client.next("conversation.item.retrieved");
    assert.equal(retrieved.content[0].audio, base64);
    const error = await client.refused({
      type: "conversation.item.create",
      item: part("not base64!"),
    });
    assert.equal(error["param"], "item.content[0].audio");
  });

  describe("truncated", () => {
    const truncate = (itemId: string, end: number, index = 0) => ({
      type: "conversation.item.truncate",
      item_id: itemId,
      content_index: index,
      audio_end_ms: end,
    });
    const speak = async () => {
      client.send(userMessage("hello"), { type: "response.create" });
      const done = await client.next("response.done");
      const bytes = client.events
        .filter((event) => event.type === "response.output_audio.delta")
        .reduce((sum, event) => sum + Buffer.from(event["delta"], "base64").length, 0);
      return { id: done["response"].output[0].id as string, milliseconds: bytes / 48 };
    };

    it("lose their later audio and their transcript", async () => {
      const { id, milliseconds } = await speak();
      assert.ok(milliseconds > 300);
      client.send(truncate(id, 250));
      const truncated = await client.next("conversation.item.truncated");
      assert.deepEqual(
        [truncated["item_id"], truncated["content_index"], truncated["audio_end_ms"]],
        [id, 0, 250],
      );
      client.send({ type: "conversation.item.retrieve", item_id: id });
      const { item: left } = await client.next("conversation.item.retrieved");
      assert.equal(Buffer.from(left.content[0].audio, "base64").length, 250 * 48);
      assert.equal(left.content[0].transcript, undefined);
    });

    it("are refused past their end", async () => {
      const { id, milliseconds } = await speak();
      const end = Math.floor(milliseconds);
      const error = await client.refused(truncate(id, end + 1));
      assert.match(
        error["message"],
        new RegExp(`^Audio content of ${end}ms is already shorter than ${end + 1}ms`),
      );
      client.send(truncate(id, end));
      await client.next("conversation.item.truncated");
    });

    it("are refused when they are not audio of the assistant", async () => {
      await create(item("a"));
      assert.equal(
        (await client.refused(truncate("a", 0)))["code"],
        "item_truncate_invalid_item_id",
      );
      assert.equal(
        (await client.refused(truncate("none", 0)))["code"],
        "item_truncate_invalid_item_id",
      );
      const { id } = await speak();
      assert.equal((await client.refused(truncate(id, 0, 1)))["param"], "content_index");
    });
  });
});
