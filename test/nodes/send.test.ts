import assert from "node:assert/strict";
import { once, type EventEmitter } from "node:events";
import helper from "node-red-node-test-helper";
import { eventTypes, startLocalServer } from "../../lib/index";
import {
  builtIn,
  collect,
  compatible,
  completed,
  flow,
  give,
  lastStatus,
  load,
  next,
  nodeById,
  refused,
  status,
  topicIs,
  useNodeRed,
  watched,
  type FlowNode,
} from "../support/canvas";
import { serverError, type WireEvent } from "../support/memory-server";
import { WireServer } from "../support/wire-server";

/** Send node "n", and a connect node "c" with the probe "out". */
const send = (config: Partial<FlowNode>): FlowNode[] => [
  { id: "n", type: "openai-realtime-send", session: "s", ...config },
  ...watched("out"),
];

describe("send node", () => {
  useNodeRed();

  describe("on the built-in server", () => {
    it("opens the session for the user's words, and is done when the server has them", async () => {
      await load(flow(...builtIn, ...send({ mode: "text", text: "words", textType: "msg" })));
      const out = collect("out");
      const ready = status("n", "status.ready");
      const message = await completed("n", { words: "hello", other: 1 });
      await ready;
      assert.equal(message["words"], "hello");
      const [added] = out.filter(topicIs("conversation.item.added"));
      assert.equal(added?.["payload"].item.role, "user");
      assert.deepEqual(added?.["payload"].item.content, [{ type: "input_text", text: "hello" }]);
      assert.ok(!out.some(topicIs("response.created")));
    });

    it("tells of the refusal of an event that the protocol does not acknowledge", async () => {
      await load(flow(...builtIn, ...send({ mode: "event", event: "output_audio_buffer.clear" })));
      const caught = next("caught");
      await completed("n", {});
      const { error, realtime } = await caught;
      assert.equal(error.source.id, "n");
      assert.match(error.message, /only for WebRTC and SIP/);
      assert.equal(realtime.session, "default");
    });

    it("sends the user's words where a node that was written by hand does not say what", async () => {
      await load(flow(...builtIn, ...send({})));
      const out = collect("out");
      await completed("n", { payload: "hello" });
      const [added] = out.filter(topicIs("conversation.item.added"));
      assert.deepEqual(added?.["payload"].item.content, [{ type: "input_text", text: "hello" }]);
    });

    it("says what it can send where a node that was written by hand wants something else", async () => {
      await load(flow(...builtIn, ...send({ mode: "txt" })));
      const { code, message } = await refused("n", { payload: "hello" });
      assert.equal(code, "invalid_settings");
      assert.match(message, /text, picture, announcement, approval, event, message/);
    });

    it("asks for an answer, in the way it is told to", async () => {
      await load(
        flow(
          ...builtIn,
          ...send({
            mode: "text",
            text: "hello",
            textType: "str",
            respond: true,
            instructions: 'Say exactly: "Good morning"',
          }),
        ),
      );
      const answer = next("out", topicIs("response.output_text.done"));
      await completed("n", {});
      assert.equal((await answer)["payload"].text, "Good morning");
    });

    it("shows the user's picture, with words to it", async () => {
      const picture = Buffer.from("89504e470d0a1a0a", "hex");
      await load(
        flow(
          ...builtIn,
          ...send({
            mode: "picture",
            picture: "payload",
            pictureType: "msg",
            caption: "What is this?",
            captionType: "str",
            detail: "low",
          }),
        ),
      );
      const out = collect("out");
      await completed("n", { payload: picture });
      const [added] = out.filter(topicIs("conversation.item.added"));
      assert.deepEqual(added?.payload.item.content, [
        { type: "input_text", text: "What is this?" },
        {
          type: "input_image",
          image_url: `data:image/png;base64,${picture.toString("base64")}`,
          detail: "low",
        },
      ]);
      const [appended] = out.filter(topicIs("conversation.item.appended"));
      assert.deepEqual(appended?.payload.item.item.content[1], {
        type: "input_image",
        detail: "low",
      });
      assert.equal((await refused("n", { payload: "no picture" }))["code"], "invalid_picture");
      const large = Buffer.concat([picture, Buffer.alloc(10 * 1024 * 1024)]);
      assert.equal((await refused("n", { payload: large }))["code"], "picture_too_large");
    });

    it("announces beside the talk, and leaves nothing in it", async () => {
      await load(
        flow(...builtIn, ...send({ mode: "announcement", textType: "msg", text: "payload" })),
      );
      const out = collect("out");
      const done = next("out", topicIs("response.done"));
      await completed("n", { payload: 'The "post" is here' });
      const { response } = (await done)["payload"];
      assert.equal(response.conversation_id, null);
      assert.equal(response.output[0].content[0].text, 'The "post" is here');
      assert.ok(!out.some(({ topic }) => String(topic).startsWith("conversation.item")));
    });

    it("changes neither a message nor a context where a member is set in a value of theirs", async () => {
      const field = (name: string, value: string, valueType: string) => ({
        name,
        value,
        valueType,
      });
      const fields = [
        field("item", "item", "flow"),
        field("item.content", "payload", "msg"),
        field("item.content[0].text", "topic", "msg"),
      ];
      await load(
        flow(...builtIn, ...send({ mode: "event", event: "conversation.item.create", fields })),
      );
      const out = collect("out");
      const { flow: context } = nodeById("n").context();
      context.set("item", { type: "message", role: "user" });
      for (const topic of ["first", "second"]) {
        const payload = [{ type: "input_text" }];
        const message = await completed("n", { topic, payload });
        assert.deepEqual(message["payload"], [{ type: "input_text" }]);
        assert.deepEqual(context.get("item"), { type: "message", role: "user" });
      }
      assert.deepEqual(
        out
          .filter(topicIs("conversation.item.added"))
          .map(({ payload }) => payload.item.content[0].text),
        ["first", "second"],
      );
    });

    it("sends in the order of the messages, whatever time their values take", async () => {
      const text = "payload ~> $map(function($word) { $uppercase($word) }) ~> $join";
      await load(flow(...builtIn, ...send({ mode: "text", text, textType: "jsonata" })));
      const out = collect("out");
      const words = ["w".repeat(200), "", "hello"];
      const failed = next("caught");
      const last = next("completed", ({ topic }) => topic === "2");
      for (const [index, word] of words.entries())
        give("n", { topic: String(index), payload: word.split("") });
      await Promise.all([failed, last]);
      assert.deepEqual(
        out
          .filter(topicIs("conversation.item.added"))
          .map(({ payload }) => payload.item.content[0].text),
        ["W".repeat(200), "HELLO"],
      );
    });

    it("refuses a value that is nested too deep", async () => {
      const fields = [{ name: "item", value: "deep", valueType: "flow" }];
      await load(
        flow(...builtIn, ...send({ mode: "event", event: "conversation.item.create", fields })),
      );
      let deep: unknown = [];
      for (let depth = 0; depth < 100_000; depth += 1) deep = [deep];
      nodeById("n").context().flow.set("deep", deep);
      assert.equal((await refused("n", {}))["code"], "invalid_value");
    });

    it("sends an event of the list, a member from each kind of value", async () => {
      process.env["REALTIME_TEST_WORDS"] = "from env";
      const text = (index: number) => `item.content[${index}].text`;
      await load(
        flow(
          ...builtIn,
          ...send({
            mode: "event",
            event: "conversation.item.create",
            fields: [
              { name: "item.type", value: "message", valueType: "str" },
              { name: "item.role", value: "user", valueType: "str" },
              {
                name: "item.content",
                value: '[{"type":"input_text"},{"type":"input_text"},{"type":"input_text"}]',
                valueType: "json",
              },
              { name: text(0), value: "topic", valueType: "msg" },
              { name: text(1), value: "REALTIME_TEST_WORDS", valueType: "env" },
              { name: text(2), value: '$uppercase(topic) & "!"', valueType: "jsonata" },
              { name: "item.id", value: "place", valueType: "flow" },
              { name: "previous_item_id", value: "root", valueType: "global" },
            ],
          }),
        ),
      );
      const context = nodeById("n").context();
      context.flow.set("place", "item_flow");
      context.global.set("root", "root");
      const added = next("out", topicIs("conversation.item.added"));
      await completed("n", { topic: "hi" });
      const { item } = (await added)["payload"];
      assert.equal(item.id, "item_flow");
      assert.deepEqual(
        item.content.map(({ text: said }: { text: string }) => said),
        ["hi", "from env", "HI!"],
      );
      delete process.env["REALTIME_TEST_WORDS"];
    });

    it("sends the event of a message, in the names of either dialect", async () => {
      await load(flow(...builtIn, ...send({ mode: "message" })));
      const updated = next("out", topicIs("session.updated"));
      const message = { payload: { type: "session.update", session: { modalities: ["text"] } } };
      const frozen = structuredClone(message);
      await completed("n", message);
      assert.deepEqual((await updated)["payload"].session.output_modalities, ["text"]);
      assert.deepEqual(message.payload, frozen.payload, "the message is not changed");
    });

    it("speaks to the session that the message names, else to its own", async () => {
      await load(
        flow(...builtIn, ...send({ mode: "text", textType: "str", text: "x", key: "hall" })),
      );
      const out = collect("out");
      await completed("n", {});
      await completed("n", { realtime: { session: "kitchen" } });
      assert.deepEqual(
        out.filter(topicIs("conversation.item.added")).map(({ realtime }) => realtime.session),
        ["hall", "kitchen"],
      );
    });

    it("takes any text for a key, __proto__ too", async () => {
      await load(flow(...builtIn, ...send({ mode: "text", textType: "str", text: "x" })));
      const added = next("out", topicIs("conversation.item.added"));
      await completed("n", { realtime: JSON.parse('{"session":"__proto__"}') });
      assert.equal((await added)["realtime"].session, "__proto__");
    });

    it("passes the server's refusal to Catch, and the session lives", async () => {
      await load(flow(...builtIn, ...send({ mode: "message" })));
      await completed("n", { payload: { type: "input_audio_buffer.clear" } });
      const error = await refused("n", {
        payload: { type: "conversation.item.delete", item_id: "item_none" },
      });
      assert.equal(error.code, "item_delete_invalid_item_id");
      assert.equal(lastStatus("n"), "status.ready");
      await completed("n", { payload: { type: "input_audio_buffer.clear" } });
    });

    for (const [what, event, code, text] of [
      [
        "an unknown member",
        { type: "session.update", session: { instuctions: "x" } },
        "invalid_event",
        /session\.instuctions.*instructions/,
      ],
      [
        "a wrong choice",
        { type: "session.update", session: { output_modalities: ["video"] } },
        "invalid_event",
        /output_modalities.*audio/,
      ],
      ["a missing member", { type: "conversation.item.delete" }, "invalid_event", /item_id/],
      ["an event of the server", { type: "response.done" }, "invalid_event", /response\.done/],
      ["an event that is none", { type: "response.crate" }, "invalid_event", /response\.crate/],
      ["no type", { event_id: "e" }, "invalid_event", /type/],
      ["text", "hello", "invalid_event", /msg\.payload/],
      ["nothing", null, "invalid_event", /msg\.payload/],
    ] as const) {
      it(`says what is wrong with ${what}, and the session lives`, async () => {
        await load(flow(...builtIn, ...send({ mode: "message" })));
        await completed("n", { payload: { type: "input_audio_buffer.clear" } });
        const error = await refused("n", { payload: event });
        assert.equal(error.code, code);
        assert.match(error.message, text);
        assert.equal(lastStatus("n"), "status.ready");
      });
    }

    it("does not open a session for what is wrong in itself", async () => {
      await load(flow(...builtIn, ...send({ mode: "message" })));
      const out = collect("out");
      await refused("n", { payload: { type: "conversation.item.delete" } });
      await refused("n", { payload: { type: "input_audio_buffer.append", audio: 7 } });
      assert.deepEqual(out, []);
      assert.equal(lastStatus("n"), "status.idle");
    });

    it("checks less where it is told to", async () => {
      await load(flow(...builtIn, ...send({ mode: "message", strictness: "compatible" })));
      const error = await refused("n", {
        payload: { type: "session.update", session: { vendor_setting: 1 } },
      });
      assert.equal(error.code, "unknown_parameter", "the server's own word");
    });
  });

  for (const [what, fields, text] of [
    ["JSON that is none", [{ name: "item", value: "{", valueType: "json" }], /JSON/],
    [
      "JSONata that is none",
      [{ name: "item", value: "$(", valueType: "jsonata" }],
      /"item" cannot be read/,
    ],
    [
      "JSONata that fails",
      [{ name: "item", value: "$nope()", valueType: "jsonata" }],
      /"item" cannot be read/,
    ],
    ["a path that is none", [{ name: "item..id", value: "x", valueType: "str" }], /./],
    [
      "a prototype",
      [{ name: "__proto__.x", value: "x", valueType: "str" }],
      /"__proto__\.x" is not allowed/,
    ],
    ["its prototype", [{ name: "item['constructor'].x", value: "x", valueType: "str" }], /not all/],
  ] as const) {
    it(`gives ${what} in a member to Catch`, async () => {
      await load(
        flow(...builtIn, ...send({ mode: "event", event: "conversation.item.create", fields })),
      );
      assert.match((await refused("n", {})).message, text);
      assert.equal(Reflect.get({}, "x"), undefined);
    });
  }

  for (const value of ["", "  ", 7, undefined, { a: 1 }]) {
    it(`takes ${JSON.stringify(value)} for no text`, async () => {
      await load(flow(...builtIn, ...send({ mode: "text", text: "payload", textType: "msg" })));
      const error = await refused("n", { payload: value });
      assert.equal(error.code, "invalid_event");
      assert.equal(error.message, "msg.payload must be a text that is not empty");
      assert.equal(lastStatus("n"), "status.idle");
    });
  }

  it("says where it looked for a text in an object that the message lacks", async () => {
    await load(
      flow(...builtIn, ...send({ mode: "text", text: "payload.words[0]", textType: "msg" })),
    );
    const { code, message } = await refused("n", {});
    assert.equal(code, "invalid_event");
    assert.equal(message, "msg.payload.words[0] must be a text that is not empty");
  });

  it("leaves out a member whose value is in an object that the message lacks", async () => {
    const fields = [
      { name: "response.instructions", value: "payload.how.exactly", valueType: "msg" },
      { name: "response.conversation", value: "none", valueType: "str" },
    ];
    await load(flow(...builtIn, ...send({ mode: "event", event: "response.create", fields })));
    await completed("n", { payload: {} });
  });

  it("says that the path of a property is none", async () => {
    await load(flow(...builtIn, ...send({ mode: "text", text: "payload[", textType: "msg" })));
    const { code, message } = await refused("n", { payload: "hello" });
    assert.equal(code, "invalid_value");
    assert.match(message, /"text" cannot be read: it is no path of a property/);
  });

  it("names the priority that is none", async () => {
    await load(flow(...builtIn, ...send({ mode: "text", text: "hello", textType: "str" })));
    const { code, message } = await refused("n", { realtime: { priority: "high" } });
    assert.equal(code, "invalid_event");
    assert.equal(message, "msg.realtime.priority must be user or announcement");
  });

  for (const priority of ["user", "announcement"])
    it(`takes the priority ${priority}`, async () => {
      await load(flow(...builtIn, ...send({ mode: "text", text: "hello", textType: "str" })));
      await completed("n", { realtime: { priority } });
    });

  it("tells its form of the events that a program sends, in their present names", async () => {
    await load(flow(...builtIn, ...send({ mode: "text", text: "hello", textType: "str" })));
    const { body } = await helper.request().get("/openai-realtime/send/event-types");
    const types = (body as { type: string }[]).map(({ type }) => type);
    assert.ok(types.includes("response.create"));
    assert.deepEqual(
      types.toSorted(),
      [...eventTypes.values()]
        .filter(({ direction }) => direction === "client")
        .filter(({ dialects }) => dialects.includes("ga"))
        .map(({ type }) => type)
        .toSorted(),
    );
    assert.ok(!types.includes("transcription_session.update"), "a name of the beta");
  });

  it("says so where it has no session", async () => {
    await load(flow(...send({ mode: "text", session: "gone", text: "payload", textType: "msg" })));
    assert.equal(lastStatus("n"), "status.no-session");
    assert.equal((await refused("n", { payload: "hello" })).code, "no_session");
  });

  it("fails with the server's reason where the key is wrong, at once from then on", async () => {
    const server = await startLocalServer({ token: "right" });
    try {
      await load(
        flow(...compatible(server.url), ...send({ mode: "text", text: "hi", textType: "str" })),
        { e: { apiKey: "wrong" } },
      );
      const caught = collect("caught");
      assert.equal((await refused("n", {})).code, "invalid_api_key");
      assert.equal(lastStatus("n"), "status.invalid-api-key");
      assert.equal((await refused("n", {})).code, "invalid_api_key");
      assert.equal(caught.length, 2, "one error for each message");
    } finally {
      await server.close();
    }
  });

  describe("on a server that is played by hand", () => {
    let server: WireServer;
    beforeEach(async () => {
      server = await WireServer.start();
    });
    afterEach(() => server.close());

    it("is done only when the server has acknowledged", async () => {
      await load(flow(...compatible(server.url), ...send({ mode: "message" })));
      const done = next("completed");
      let isDone = false;
      void done.then(() => {
        isDone = true;
      });
      give("n", { payload: { type: "conversation.item.delete", item_id: "i" } });
      await server.next("conversation.item.delete");
      const seen = next("out", topicIs("vendor.mark"));
      server.send({ type: "vendor.mark" });
      await seen;
      assert.equal(isDone, false);
      server.send({ type: "conversation.item.deleted", item_id: "i" });
      await done;
    });

    it("keeps a caller's event id, and gives the refusal to its sender", async () => {
      await load(flow(...compatible(server.url), ...send({ mode: "message" })));
      const refusal = refused("n", {
        payload: { type: "conversation.item.delete", item_id: "i", event_id: "mine" },
      });
      const { event_id } = await server.next("conversation.item.delete");
      assert.equal(event_id, "mine");
      server.send(serverError({ code: "item_missing", message: "no such item", event_id }));
      const { code, message } = await refusal;
      assert.equal(code, "item_missing");
      assert.match(message, /no such item/);
    });

    it("sends words and the request for an answer in this order", async () => {
      await load(
        flow(
          ...compatible(server.url),
          ...send({ mode: "text", text: "hi", textType: "str", respond: true, key: "k" }),
        ),
      );
      give("n", {});
      const { item }: WireEvent = await server.next("conversation.item.create");
      assert.deepEqual(item.content, [{ type: "input_text", text: "hi" }]);
      const create = await server.next("response.create");
      assert.equal(create["response"]?.instructions, undefined);
    });

    it("sends what came before the session was ready, in order", async () => {
      const slow = await WireServer.start({ greet: false });
      try {
        await load(
          flow(
            ...compatible(slow.url),
            ...send({ mode: "text", text: "payload", textType: "msg" }),
          ),
        );
        for (const payload of ["one", "two", "three"]) give("n", { payload });
        await slow.connection();
        assert.deepEqual(slow.received, []);
        slow.send({ type: "session.created", session: { type: "realtime" } });
        for (const text of ["one", "two", "three"]) {
          const { item } = await slow.next("conversation.item.create");
          assert.equal(item.content[0].text, text);
        }
      } finally {
        await slow.close();
      }
    });

    it("fails where the connection is lost before the answer", async () => {
      await load(flow(...compatible(server.url), ...send({ mode: "message" })));
      const refusal = refused("n", { payload: { type: "conversation.item.delete", item_id: "i" } });
      await server.next("conversation.item.delete");
      server.peer.terminate();
      assert.equal((await refusal).code, "connection_lost");
    });

    it("settles what is on its way when it is closed", async () => {
      await load(flow(...compatible(server.url), ...send({ mode: "message" })));
      // Nodes are gone then, Catch too: what is left is Node-RED's log.
      const node: EventEmitter = nodeById("n");
      const failed = once(node, "call:error");
      give("n", { payload: { type: "conversation.item.delete", item_id: "i" } });
      await server.next("conversation.item.delete");
      const { peer } = server;
      const ended = new Promise((resolve) => {
        peer.once("close", resolve);
      });
      await helper.clearFlows();
      assert.equal(await ended, 1000, "a polite close");
      const [{ args }] = (await failed) as [{ args: [Error & { code?: string }] }];
      assert.equal(args[0].code, "closed");
    });
  });
});
