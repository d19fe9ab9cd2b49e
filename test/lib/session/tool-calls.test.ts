import assert from "node:assert/strict";
import type { ToolDefinition } from "../../../lib/index";
import { settled } from "../../support/fake-clock";
import { eventId, serverError } from "../../support/memory-server";
import { acknowledge, begin, call, callDone, light, responseDone } from "./calling-peer";
import { codesOf, makeReadySession, makeSession, userText, withCode } from "./ready-session";

describe("tool calls", () => {
  it("emits a completed call once, however many events carry it", async () => {
    const { peer, calls, clock } = await makeReadySession({ tools: [light] });
    begin(peer, "r1");
    callDone(peer, "r1", call("1"));
    responseDone(peer, "r1", [call("1")]);
    assert.deepEqual(calls, [
      {
        id: "call_1",
        name: "set_light",
        arguments: { room: "kitchen", on: true },
        itemId: "item_1",
        responseId: "r1",
        deadline: clock.now() + 20_000,
      },
    ]);
  });

  it("finds a call that only response.done carries", async () => {
    const { peer, calls } = await makeReadySession({ tools: [light] });
    begin(peer, "r1");
    responseDone(peer, "r1", [call("1")]);
    assert.equal(calls.length, 1);
  });

  it("does not take an unfinished call, nor one that was sent in as history", async () => {
    const { peer, calls } = await makeReadySession({ tools: [light] });
    begin(peer, "r1");
    const unfinished = [
      call("1", undefined, { status: "incomplete" }),
      call("3", undefined, { status: "in_progress" }),
    ];
    for (const item of unfinished) callDone(peer, "r1", item);
    peer.send({ type: "conversation.item.done", event_id: eventId(), item: call("2") });
    responseDone(peer, "r1", unfinished, "cancelled");
    assert.deepEqual(calls, []);
  });

  it("sends two outputs at once, out of order, and asks for one reaction after response.done", async () => {
    const { session, peer } = await makeReadySession({ tools: [light] });
    begin(peer, "r1");
    callDone(peer, "r1", call("1"));
    callDone(peer, "r1", call("2", { room: "office", on: true }));
    const second = session.answer("call_2", { ok: true });
    const outputOfSecond = await peer.next("conversation.item.create");
    assert.equal(outputOfSecond["item"].call_id, "call_2");
    assert.equal(outputOfSecond["item"].output, '{"ok":true}');
    responseDone(peer, "r1", [call("1"), call("2")]);
    await peer.nothingMore();
    const first = session.answer("call_1", "done");
    const outputOfFirst = await peer.next("conversation.item.create");
    assert.equal(outputOfFirst["item"].output, "done");
    await peer.next("response.create");
    await peer.nothingMore();
    acknowledge(peer, outputOfSecond);
    acknowledge(peer, outputOfFirst);
    await Promise.all([first, second]);
    await peer.nothingMore();
  });

  it("does not wait for the reaction's response before response.done", async () => {
    const { session, peer } = await makeReadySession({ tools: [light] });
    begin(peer, "r1");
    callDone(peer, "r1", call("1"));
    void session.answer("call_1", "done");
    await peer.next("conversation.item.create");
    await peer.nothingMore();
    responseDone(peer, "r1", [call("1")]);
    await peer.next("response.create");
  });

  it("starts the deadline of an output's acknowledgement after the running response", async () => {
    const { session, peer, clock } = await makeReadySession({ tools: [light] });
    begin(peer, "r1");
    callDone(peer, "r1", call("1"));
    const answered = session.answer("call_1", "done", { respond: false });
    const create = await peer.next("conversation.item.create");
    await clock.advance(15_000);
    responseDone(peer, "r1", [call("1")]);
    acknowledge(peer, create);
    await answered;
  });

  it("asks for no reaction when no call wants one", async () => {
    const { session, peer } = await makeReadySession({ tools: [light] });
    begin(peer, "r1");
    callDone(peer, "r1", call("1"));
    responseDone(peer, "r1", [call("1")]);
    void session.answer("call_1", "done", { respond: false });
    await peer.next("conversation.item.create");
    await peer.nothingMore();
  });

  it("passes the parameters of the reaction on", async () => {
    const { session, peer } = await makeReadySession({ tools: [light] });
    begin(peer, "r1");
    callDone(peer, "r1", call("1"));
    responseDone(peer, "r1", [call("1")]);
    void session.answer("call_1", "done", { response: { instructions: "Whisper." } });
    await peer.next("conversation.item.create");
    const { response } = await peer.next("response.create");
    assert.equal(response.instructions, "Whisper.");
  });

  for (const [which, choice, ...wishes] of [
    ["the first", "auto", { instructions: "Whisper." }, undefined],
    ["the last", "auto", { instructions: "Shout." }, { instructions: "Whisper." }],
    ["the first", "required", { instructions: "Whisper." }, undefined],
  ] as const)
    it(`asks once for two reactions that waited together, as ${which} of them wants it (${choice})`, async () => {
      const { session, peer } = await makeReadySession({
        tools: [light],
        settings: { type: "realtime", tool_choice: choice },
      });
      for (const number of ["1", "2"]) {
        begin(peer, `r${number}`);
        callDone(peer, `r${number}`, call(number));
        responseDone(peer, `r${number}`, [call(number)]);
      }
      begin(peer, "vad");
      for (const [index, response] of wishes.entries()) {
        const answered = session.answer(`call_${index + 1}`, "done", response && { response });
        acknowledge(peer, await peer.next("conversation.item.create"));
        await answered;
      }
      responseDone(peer, "vad", []);
      const { response } = await peer.next("response.create");
      assert.equal(response.instructions, "Whisper.");
      await peer.nothingMore();
    });

  it("asks with tool_choice auto where the session must call a tool", async () => {
    const { session, peer } = await makeReadySession({
      tools: [light],
      settings: { type: "realtime", tool_choice: "required" },
    });
    begin(peer, "r1");
    callDone(peer, "r1", call("1"));
    responseDone(peer, "r1", [call("1")]);
    void session.answer("call_1", "done");
    await peer.next("conversation.item.create");
    assert.equal((await peer.next("response.create"))["response"].tool_choice, "auto");
  });

  it("drops the reaction when a later response has seen the outputs", async () => {
    const { session, peer } = await makeReadySession({ tools: [light] });
    begin(peer, "r1");
    callDone(peer, "r1", call("1"));
    responseDone(peer, "r1", [call("1")]);
    peer.send({ type: "input_audio_buffer.speech_started", item_id: "u", audio_start_ms: 0 });
    const answered = session.answer("call_1", "done");
    acknowledge(peer, await peer.next("conversation.item.create"));
    await answered;
    await peer.nothingMore();
    peer.send({ type: "input_audio_buffer.speech_stopped", item_id: "u", audio_end_ms: 900 });
    begin(peer, "vad");
    responseDone(peer, "vad", []);
    await settled();
    const sent = peer.received.filter(({ type }) => type === "response.create");
    assert.ok(sent.length <= 1);
    await session.close();
  });

  it("asks for the reaction although one outside the conversation has begun, which tells nobody", async () => {
    const { session, peer } = await makeReadySession({ tools: [light] });
    begin(peer, "r1");
    callDone(peer, "r1", call("1"));
    peer.send({ type: "input_audio_buffer.speech_started", item_id: "u", audio_start_ms: 0 });
    responseDone(peer, "r1", [call("1")]);
    const answered = session.answer("call_1", "done");
    acknowledge(peer, await peer.next("conversation.item.create"));
    await answered;
    void session.send({ type: "response.create", response: { conversation: "none" } });
    const beside = await peer.next("response.create");
    begin(peer, "beside", beside["response"].metadata);
    responseDone(peer, "beside", []);
    await peer.nothingMore();
    // It was a cough.
    peer.send({ type: "input_audio_buffer.cleared", event_id: eventId() });
    await peer.next("response.create");
  });

  it("drops the reaction when such a response begins in the moment of the acknowledgement", async () => {
    const { session, peer } = await makeReadySession({ tools: [light] });
    begin(peer, "r1");
    callDone(peer, "r1", call("1"));
    responseDone(peer, "r1", [call("1")]);
    void session.answer("call_1", "done");
    const output = await peer.next("conversation.item.create");
    const { event_id } = await peer.next("response.create");
    acknowledge(peer, output);
    begin(peer, "vad");
    peer.send(serverError({ code: "conversation_already_has_active_response", event_id }));
    await settled();
    responseDone(peer, "vad", []);
    await peer.nothingMore();
  });

  it("asks for the reaction to a call that comes after the end of its response", async () => {
    const { session, peer, calls } = await makeReadySession({ tools: [light] });
    begin(peer, "r1");
    responseDone(peer, "r1", []);
    callDone(peer, "r1", call("1"));
    assert.equal(calls.length, 1);
    void session.answer("call_1", "done");
    await peer.next("conversation.item.create");
    await peer.next("response.create");
  });

  it("asks for the reaction to a call of a response whose end is lost", async () => {
    const { session, peer, clock } = await makeReadySession({ tools: [light] });
    begin(peer, "r1");
    callDone(peer, "r1", call("1"));
    void session.answer("call_1", "done");
    acknowledge(peer, await peer.next("conversation.item.create"));
    await peer.nothingMore();
    await clock.advance(30_000);
    await peer.next("response.cancel");
    await peer.next("response.create");
  });

  it("gives the tool's own output when the flow does not answer in time, and goes on", async () => {
    const { session, peer, clock, errors } = await makeReadySession({ tools: [light] });
    begin(peer, "r1");
    callDone(peer, "r1", call("1"));
    responseDone(peer, "r1", [call("1")]);
    await clock.advance(20_000);
    const { item } = await peer.next("conversation.item.create");
    assert.equal(item.output, "The light did not answer.");
    await peer.next("response.create");
    assert.deepEqual(codesOf(errors), ["tool_deadline"]);
    await assert.rejects(session.answer("call_1", "late"), withCode("call_expired"));
    await peer.nothingMore();
  });

  it("gives arguments that do not fit back to the model, not to the flow", async () => {
    const cases: [unknown, RegExp][] = [
      ["{", /not valid JSON/],
      ["[]", /not a JSON object/],
      [{ room: "attic", on: true }, /room: must be one of \\"kitchen\\",\\"office\\"/],
      [{ on: "yes" }, /\\"room\\" is missing.*on: must be boolean/],
      [{ room: "office", on: true, colour: 1 }, /\\"colour\\" is not a parameter/],
      [JSON.stringify({ room: "office", on: true }).padEnd(65_537), /larger than 65536 bytes/],
    ];
    for (const [args, expected] of cases) {
      const { peer, calls, errors } = await makeReadySession({ tools: [light] });
      begin(peer, "r1");
      callDone(peer, "r1", call("1", args));
      responseDone(peer, "r1", [call("1", args)]);
      assert.deepEqual(calls, []);
      const { item } = await peer.next("conversation.item.create");
      assert.match(item.output, expected);
      await peer.next("response.create");
      await peer.nothingMore();
      assert.deepEqual(codesOf(errors), ["tool_arguments_invalid"]);
    }
  });

  it("does not react to the calls of a response that was cancelled", async () => {
    const { session, peer } = await makeReadySession({ tools: [light] });
    begin(peer, "r1");
    callDone(peer, "r1", call("1"));
    responseDone(peer, "r1", [call("1")], "cancelled");
    void session.answer("call_1", "done");
    await peer.next("conversation.item.create");
    await peer.nothingMore();
  });

  it("reacts five times in a row at most, and again in the user's next turn", async () => {
    const { session, peer, errors } = await makeReadySession({ tools: [light] });
    const round = async (id: string) => {
      begin(peer, `r${id}`);
      callDone(peer, `r${id}`, call(id));
      responseDone(peer, `r${id}`, [call(id)]);
      void session.answer(`call_${id}`, "done");
      acknowledge(peer, await peer.next("conversation.item.create"));
    };
    for (let index = 0; index < 5; index += 1) {
      await round(String(index));
      const request = await peer.next("response.create");
      begin(peer, `f${index}`, request["response"].metadata);
      responseDone(peer, `f${index}`, []);
    }
    await round("6");
    await peer.nothingMore();
    assert.deepEqual(codesOf(errors), ["follow_up_limit"]);
    void session.send(userText("again"));
    acknowledge(peer, await peer.next("conversation.item.create"));
    await round("7");
    await peer.next("response.create");
  });

  it("takes a request for a response outside the conversation for no turn of the user", async () => {
    const { session, peer, errors } = await makeReadySession({ tools: [light] });
    begin(peer, "r0");
    for (let round = 0; round <= 5; round += 1) {
      const id = `${round}`;
      callDone(peer, `r${id}`, call(id));
      responseDone(peer, `r${id}`, [call(id)]);
      void session.answer(`call_${id}`, "done");
      acknowledge(peer, await peer.next("conversation.item.create"));
      if (round === 5) break;
      begin(peer, `r${round + 1}`, (await peer.next("response.create"))["response"].metadata);
      void session.send({ type: "response.create", response: { conversation: "none" } });
      await peer.next("response.create");
    }
    await peer.nothingMore();
    assert.deepEqual(codesOf(errors), ["follow_up_limit"]);
  });

  it("asks for no reaction to a silent tool, unless the flow or another call wants one", async () => {
    const silent: ToolDefinition = { ...light, name: "note", isSilent: true };
    const { session, peer } = await makeReadySession({ tools: [light, silent] });
    const note = (id: string) => call(id, undefined, { name: "note" });
    begin(peer, "r1");
    callDone(peer, "r1", note("1"));
    responseDone(peer, "r1", [note("1")]);
    void session.answer("call_1", "noted");
    acknowledge(peer, await peer.next("conversation.item.create"));
    await peer.nothingMore();

    begin(peer, "r2");
    callDone(peer, "r2", note("2"));
    callDone(peer, "r2", call("3"));
    responseDone(peer, "r2", [note("2"), call("3")]);
    void session.answer("call_3", "done");
    void session.answer("call_2", "noted");
    acknowledge(peer, await peer.next("conversation.item.create"));
    acknowledge(peer, await peer.next("conversation.item.create"));
    await peer.next("response.create");
    await peer.nothingMore();
  });

  it("refuses calls above the limit of a turn, and calls again in the next turn", async () => {
    const { session, peer, calls, errors } = await makeReadySession({
      tools: [light],
      callsPerTurn: 2,
    });
    begin(peer, "r1");
    for (const id of ["1", "2", "3", "4"]) callDone(peer, "r1", call(id));
    assert.deepEqual(
      calls.map(({ id }) => id),
      ["call_1", "call_2"],
    );
    assert.deepEqual(codesOf(errors), ["call_limit"]);
    for (const id of ["3", "4"]) {
      const create = await peer.next("conversation.item.create");
      assert.equal(create["item"].call_id, `call_${id}`);
      assert.equal(JSON.parse(create["item"].output).error, "too_many_calls");
    }
    responseDone(peer, "r1", []);
    void session.send(userText("And the next?"));
    await peer.next("conversation.item.create");
    begin(peer, "r2");
    callDone(peer, "r2", call("5"));
    assert.equal(calls.at(-1)?.id, "call_5");
  });

  it("gives arguments back that a schema follows down too deep", async () => {
    const deep: ToolDefinition = {
      ...light,
      parameters: {
        type: "object",
        properties: { next: { $ref: "#/$defs/next" } },
        $defs: { next: { type: "object", properties: { next: { $ref: "#/$defs/next" } } } },
      },
    };
    const { peer, calls, errors } = await makeReadySession({ tools: [deep] });
    begin(peer, "r1");
    callDone(peer, "r1", call("1", `${'{"next":'.repeat(7000)}{}${"}".repeat(7000)}`));
    const create = await peer.next("conversation.item.create");
    assert.equal(JSON.parse(create["item"].output).error, "invalid_arguments");
    assert.deepEqual(codesOf(errors), ["tool_arguments_invalid"]);
    assert.deepEqual(calls, []);
  });

  it("takes parameters for parameters that are called like members of every object", async () => {
    const odd: ToolDefinition = {
      ...light,
      parameters: {
        type: "object",
        properties: { constructor: { type: "string" }, toString: { type: "string" } },
        required: ["constructor"],
      },
    };
    const { peer, calls } = await makeReadySession({ tools: [odd] });
    begin(peer, "r1");
    callDone(peer, "r1", call("1", { constructor: "a" }));
    assert.deepEqual(calls[0]?.arguments, { constructor: "a" });
    callDone(peer, "r1", call("2", {}));
    assert.equal(calls.length, 1);
  });

  it("refuses an answer that comes after the deadline", async () => {
    const { session, peer, clock } = await makeReadySession({ tools: [light] });
    begin(peer, "r1");
    callDone(peer, "r1", call("1"));
    await clock.advance(20_000);
    await assert.rejects(session.answer("call_1", "done"), withCode("call_expired"));
  });

  it("sends the output of a call whose response was cancelled meanwhile, without a reaction", async () => {
    const { session, peer } = await makeReadySession({ tools: [light] });
    begin(peer, "r1");
    callDone(peer, "r1", call("1"));
    responseDone(peer, "r1", [], "cancelled");
    void session.answer("call_1", "done");
    acknowledge(peer, await peer.next("conversation.item.create"));
    await peer.nothingMore();
  });

  it("refuses a second answer, an unknown call and one that is gone", async () => {
    const { session, peer } = await makeReadySession({ tools: [light] });
    begin(peer, "r1");
    callDone(peer, "r1", call("1"));
    callDone(peer, "r1", call("2"));
    void session.answer("call_1", "done");
    await assert.rejects(session.answer("call_1", "done"), withCode("call_already_answered"));
    await assert.rejects(session.answer("call_9", "done"), withCode("no_such_call"));
    await session.disconnect();
    await assert.rejects(session.answer("call_2", "done"), withCode("call_void"));
  });

  describe("tells of no reaction or output that came to nothing because the talk did", () => {
    const makeReacting = async () => {
      const made = await makeReadySession({ tools: [light], random: () => 0.5 });
      begin(made.peer, "r1");
      callDone(made.peer, "r1", call("1"));
      // The second is answered in the place of the flow.
      callDone(made.peer, "r1", call("2", "no JSON"));
      void made.session.answer("call_1", "done");
      responseDone(made.peer, "r1", [call("1")]);
      await settled();
      assert.equal(made.peer.received.at(-1)?.type, "response.create");
      made.errors.length = 0;
      return made;
    };

    for (const end of ["disconnect", "close"] as const) {
      it(`by somebody's wish (${end})`, async () => {
        const { session, errors } = await makeReacting();
        await session[end]();
        await settled();
        assert.deepEqual(errors, []);
      });
    }

    it("by an error that is told of once", async () => {
      const { clock, server, peer, errors } = await makeReacting();
      peer.end({ kind: "closed", code: 1006, reason: "" });
      await clock.advance(500);
      const refused = { kind: "refused", status: 401, code: null, retryAfterMs: null } as const;
      (await server.peer()).end(refused);
      await settled();
      assert.deepEqual(codesOf(errors), ["connection_lost", "unauthorized"]);
    });

    it("by a cancel of what waits for the end of speech", async () => {
      const { session, peer, errors } = await makeReadySession({ tools: [light] });
      begin(peer, "r1");
      callDone(peer, "r1", call("1"));
      const speech = { event_id: eventId(), item_id: "s", audio_start_ms: 0 };
      peer.send({ type: "input_audio_buffer.speech_started", ...speech });
      void session.answer("call_1", "done");
      responseDone(peer, "r1", [call("1")]);
      await settled();
      assert.deepEqual(await session.send({ type: "response.cancel" }), { accepted: "moot" });
      await settled();
      assert.deepEqual(errors, []);
    });
  });

  it("keeps a call open when its answer cannot become text", async () => {
    const { session, peer } = await makeReadySession({ tools: [light] });
    begin(peer, "r1");
    callDone(peer, "r1", call("1"));
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    for (const output of [
      { image: Buffer.from("x") },
      [new Uint8Array(2)],
      undefined,
      Buffer.from("x"),
      cycle,
      1n,
      () => 1,
    ])
      await assert.rejects(session.answer("call_1", output), withCode("tool_output_invalid"));
    assert.equal(session.openCalls.length, 1);
    void session.answer("call_1", null);
    assert.equal((await peer.next("conversation.item.create"))["item"].output, "null");
  });

  it("rejects with the server's code when it refuses the output", async () => {
    const { session, peer } = await makeReadySession({ tools: [light] });
    begin(peer, "r1");
    callDone(peer, "r1", call("1"));
    const answered = session.answer("call_1", "done");
    const { event_id } = await peer.next("conversation.item.create");
    peer.send(serverError({ code: "invalid_value", event_id }));
    await assert.rejects(answered, withCode("invalid_value"));
  });

  it("tells a session of tools that were added while it opened", async () => {
    const { session, server } = makeSession({ settings: { type: "realtime" } });
    const connected = session.connect();
    await server.peer();
    const described = { ...light, name: "set_lamp", description: "Sets a lamp" };
    await session.setTools([{ ...light, description: "" }, described]);
    const peer = await server.greet();
    await connected;
    const { session: settings } = await peer.next("session.update");
    const { parameters } = light;
    assert.deepEqual(settings.tools, [
      { type: "function", name: "set_light", parameters },
      { type: "function", name: "set_lamp", description: "Sets a lamp", parameters },
    ]);
    await peer.nothingMore();
  });

  it("tells a live session of tools that are added and removed", async () => {
    const { session, peer } = await makeReadySession({ tools: [light] });
    const set = session.setTools([{ ...light, name: "set_lamp" }]);
    const { session: settings } = await peer.next("session.update");
    assert.deepEqual(
      settings.tools.map(({ name }: { name: string }) => name),
      ["set_lamp"],
    );
    peer.send({ type: "session.updated", event_id: eventId(), session: {} });
    assert.deepEqual(await set, []);
  });

  it("leaves out tools that cannot work, and says why", async () => {
    const { session } = await makeReadySession({ tools: [light] });
    const deep: Record<string, unknown> = {};
    let level = deep;
    for (let depth = 0; depth < 25; depth += 1) level = level["properties"] = {};
    const tools = [
      { ...light, name: "has space" },
      { ...light, name: "twice" },
      { ...light, name: "twice" },
      { ...light, name: "remote", parameters: { $ref: "https://example.com/schema" } },
      { ...light, name: "deep", parameters: deep },
      { ...light, name: "large", parameters: { description: "x".repeat(70_000) } },
      { ...light, name: "list", parameters: { type: "array" } },
      { ...light, name: "wrong", parameters: { properties: { room: { type: "objekt" } } } },
    ];
    await session.disconnect();
    const rejected = await session.setTools(tools);
    assert.deepEqual(
      rejected.map(({ tool }) => tool.name),
      ["has space", "twice", "remote", "deep", "large", "list", "wrong"],
    );
    assert.ok(rejected.every(({ error }) => error.code === "invalid_tool"));
    const messageOf = (name: string): string =>
      rejected.find(({ tool }) => tool.name === name)?.error.message ?? "";
    assert.match(messageOf("remote"), /: must not refer to another document by \$ref$/);
    assert.match(messageOf("list"), /^The parameters of the tool "list": must describe an object/);
    assert.match(
      messageOf("wrong"),
      /^The parameters of the tool "wrong": properties\.room\.type: must be one of "array","boolean",.+,"object","string"$/,
    );
  });

  it("is not blocked by a pattern that explodes", async () => {
    const { peer, calls } = await makeReadySession({
      tools: [
        { ...light, parameters: { properties: { room: { type: "string", pattern: "^(a+)+$" } } } },
      ],
    });
    begin(peer, "r1");
    callDone(peer, "r1", call("1", { room: `${"a".repeat(40)}!` }));
    assert.equal(calls.length, 1);
  });

  it("answers calls by itself while 128 of them wait for their flow", async () => {
    const { session, peer, calls, errors } = await makeReadySession({
      tools: [light],
      callsPerTurn: 1000,
    });
    begin(peer, "r1");
    for (let index = 0; index < 129; index += 1) callDone(peer, "r1", call(String(index)));
    assert.equal(calls.length, 128);
    assert.equal(session.sizes().calls, 128);
    assert.deepEqual(codesOf(errors), ["too_many_calls"]);
    const { item } = await peer.next("conversation.item.create");
    assert.equal(item.call_id, "call_128");
    assert.match(item.output, /too_many_calls/);
  });
});
