import assert from "node:assert/strict";
import {
  collect,
  compatible,
  flow,
  give,
  lastStatus,
  load,
  next,
  refused,
  status,
  topicIs,
  useNodeRed,
  type FlowNode,
  type Message,
} from "../support/canvas";
import { incomingCall } from "../support/incoming-call";
import { empty, refusal, RestServer } from "../support/rest-server";
import { WireServer } from "../support/wire-server";

const callNode = (config: Partial<FlowNode> = {}): FlowNode => ({
  id: "n",
  type: "openai-realtime-call",
  session: "s",
  action: "accept",
  callId: "payload.data.call_id",
  callIdType: "msg",
  statusCode: "",
  target: "",
  targetType: "str",
  wires: [["out"]],
  ...config,
});

describe("call node", () => {
  useNodeRed();
  let server: RestServer;
  const callId = incomingCall.data.call_id;

  beforeEach(async () => {
    server = await RestServer.start();
    server.answer(empty);
  });
  afterEach(() => server.close());

  const begin = (config: Partial<FlowNode> = {}): Promise<void> =>
    load(
      flow(
        ...compatible(server.socketUrl, { model: "m-1", output: "audio", voice: "marin" }),
        callNode(config),
        { id: "out", type: "helper" },
      ),
      { e: { apiKey: "sk-key" } },
    );

  it("accepts the call of a webhook with the settings of the session node", async () => {
    await begin();
    const answered = next("out");
    const completed = next("completed");
    give("n", { payload: incomingCall });
    const { action, realtime, payload } = await answered;
    assert.deepEqual(server.requests[0]?.body, {
      type: "realtime",
      model: "m-1",
      output_modalities: ["audio"],
      audio: { output: { voice: "marin" } },
    });
    assert.equal(server.requests[0].path, `/v1/realtime/calls/${callId}/accept`);
    assert.equal(server.requests[0].headers.authorization, "Bearer sk-key");
    assert.equal(action, "connect");
    assert.deepEqual(realtime, { session: callId, callId });
    assert.deepEqual(payload, incomingCall);
    await completed;
  });

  it("keeps the key that a message has chosen for the session beside the call", async () => {
    await begin();
    const answered = next("out");
    give("n", { payload: incomingCall, realtime: { session: "front desk", at: 1 } });
    assert.deepEqual((await answered)["realtime"], { session: "front desk", at: 1, callId });
  });

  const actions: [config: Partial<FlowNode>, message: object, path: string, body: unknown][] = [
    [{ action: "reject" }, {}, "reject", { status_code: 603 }],
    [{ action: "reject", statusCode: "486" }, {}, "reject", { status_code: 486 }],
    [
      { action: "refer", target: "tel:+14155550123" },
      {},
      "refer",
      { target_uri: "tel:+14155550123" },
    ],
    [
      { action: "refer", target: "to", targetType: "msg" },
      { to: " sip:agent@example.com " },
      "refer",
      { target_uri: "sip:agent@example.com" },
    ],
    [{ action: "hangup" }, {}, "hangup", undefined],
    [{ action: "" }, { action: "hangup" }, "hangup", undefined],
    [{ action: "", statusCode: "480" }, { action: "reject" }, "reject", { status_code: 480 }],
  ];
  for (const [config, message, path, body] of actions) {
    it(`asks for ${path} by ${JSON.stringify([config, message])}`, async () => {
      await begin(config);
      const answered = next("out");
      give("n", { payload: incomingCall, ...message });
      const { action, realtime } = await answered;
      assert.equal(server.requests[0]?.path, `/v1/realtime/calls/${callId}/${path}`);
      assert.deepEqual(server.requests[0].body, body);
      assert.equal(action, "disconnect");
      assert.equal(realtime.callId, callId);
    });
  }

  it("obeys its form and not msg.action where the form names an action", async () => {
    await begin({ action: "hangup" });
    const answered = next("out");
    give("n", { payload: incomingCall, action: "accept" });
    await answered;
    assert.match(server.requests[0]?.path ?? "", /hangup$/);
  });

  it("finds the call's id at another place, such as the session's key", async () => {
    await begin({ action: "hangup", callId: "realtime.session" });
    const answered = next("out");
    give("n", { payload: "bye", realtime: { session: "rtc_9", call: { id: "call_1" } } });
    assert.deepEqual((await answered)["realtime"], {
      session: "rtc_9",
      call: { id: "call_1" },
      callId: "rtc_9",
    });
    assert.match(server.requests[0]?.path ?? "", /\/rtc_9\/hangup$/);
  });

  const wrong: [title: string, Partial<FlowNode>, object, code: string, text?: string][] = [
    ["no action", { action: "" }, { payload: incomingCall }, "unknown_action"],
    ["another action", { action: "" }, { payload: incomingCall, action: "dial" }, "unknown_action"],
    ["no id", {}, { payload: {} }, "invalid_value", "msg.payload.data.call_id must be a text"],
    ["a number as id", {}, { payload: { data: { call_id: 7 } } }, "invalid_value"],
    [
      "a key of a session that is no text",
      {},
      { payload: incomingCall, realtime: { session: 7 } },
      "bad_session_key",
    ],
    [
      "a key of a session that is too long, such as a caller's whole address",
      {},
      { payload: incomingCall, realtime: { session: `<sip:${"a".repeat(60)}@example.com>` } },
      "bad_session_key",
    ],
    ["an id with a path", {}, { payload: { data: { call_id: "../x" } } }, "bad_call_id"],
    [
      "no address to hand over to",
      { action: "refer", target: "to", targetType: "msg" },
      { payload: incomingCall },
      "invalid_value",
    ],
    [
      "an address that is none",
      { action: "refer", target: "4155550123" },
      { payload: incomingCall },
      "bad_target_uri",
    ],
    [
      "a formula that is none",
      { callId: "((", callIdType: "jsonata" },
      { payload: incomingCall },
      "invalid_value",
    ],
    [
      "a status from the environment that is none",
      { action: "reject", statusCode: "busy" },
      { payload: incomingCall },
      "bad_status_code",
    ],
  ];
  for (const [title, config, message, code, text] of wrong) {
    it(`asks nobody and tells Catch of ${title}`, async () => {
      await begin(config);
      const caught = next("caught");
      const out = collect("out");
      give("n", message);
      const { error } = await caught;
      assert.equal(error.code, code);
      if (text !== undefined) assert.equal(error.message, text);
      assert.equal(lastStatus("n"), "status.failed");
      assert.deepEqual(out, []);
      assert.equal(server.requests.length, 0);
    });
  }

  it("answers no call for a session that only transcribes, but ends one", async () => {
    await load(
      flow(
        ...compatible(server.socketUrl, { kind: "transcription", model: "m-1" }),
        callNode({ action: "" }),
        { id: "out", type: "helper" },
      ),
    );
    const { code } = await refused("n", { payload: incomingCall, action: "accept" });
    assert.equal(code, "wrong_purpose");
    assert.equal(server.requests.length, 0);
    const answered = next("out");
    give("n", { payload: incomingCall, action: "hangup" });
    await answered;
    assert.match(server.requests[0]?.path ?? "", /hangup$/);
  });

  it("leaves a second call unanswered whose key is that of a talk", async () => {
    await load(
      flow(
        ...compatible(server.socketUrl, { model: "m-1" }),
        callNode(),
        { id: "out", type: "helper" },
        { id: "c", type: "openai-realtime-connect", session: "s" },
      ),
      { e: { apiKey: "sk-key" } },
    );
    give("c", { action: "connect", realtime: { session: "phone", callId: "rtc_1" } });
    const second = { payload: incomingCall, realtime: { session: "phone" } };
    assert.equal((await refused("n", second)).code, "session_in_use");
    assert.equal(lastStatus("n"), "status.session-in-use");
    assert.equal(server.requests.length, 0);

    give("n", { payload: { data: { call_id: "rtc_1" } }, realtime: { session: "phone" } });
    assert.equal((await next("out"))["realtime"].callId, "rtc_1");
  });

  it("leaves the session beside a call alone when another call with its key is rejected", async () => {
    const sockets = await WireServer.start({ http: server.http });
    try {
      await load(
        flow(
          ...compatible(server.socketUrl, { model: "m-1" }),
          callNode({ wires: [["c"]] }),
          callNode({ id: "no", action: "reject", wires: [["c"]] }),
          { id: "c", type: "openai-realtime-connect", session: "s", wires: [["out"]] },
          { id: "out", type: "helper" },
        ),
        { e: { apiKey: "sk-key" } },
      );
      const isDone = ({ action }: Message): boolean => action === "disconnect";
      const ready = status("c", "status.ready");
      give("n", { payload: incomingCall, realtime: { session: "phone" } });
      await ready;
      const second = { payload: { data: { call_id: "rtc_2" } }, realtime: { session: "phone" } };
      await refused("n", second);
      const handed = next("completed", isDone);
      give("no", second);
      await handed;
      const told = next("out", topicIs("realtime.status"));
      give("c", { action: "status", realtime: { session: "phone" } });
      assert.equal((await told).payload.state, "ready");
    } finally {
      await sockets.close();
    }
  });

  it("leaves a call unanswered where as many sessions are open as may be", async () => {
    await load(
      flow(
        ...compatible(server.socketUrl, { model: "m-1", maxSessions: "1" }),
        callNode(),
        { id: "out", type: "helper" },
        { id: "c", type: "openai-realtime-connect", session: "s" },
      ),
      { e: { apiKey: "sk-key" } },
    );
    // The server lets whoever connects to it wait.
    server.answer(() => undefined);
    give("c", { action: "connect", realtime: { session: "rtc_1", callId: "rtc_1" } });
    await server.received(1);
    assert.equal((await refused("n", { payload: incomingCall })).code, "session_limit");
    assert.equal(lastStatus("n"), "status.session-limit");
    assert.equal(server.requests.length, 1);

    // The call whose session is open already, as that of a webhook that comes twice, has its place.
    server.answer(empty);
    give("n", { payload: { data: { call_id: "rtc_1" } } });
    assert.equal((await next("out"))["realtime"].callId, "rtc_1");
  });

  it("answers of two calls that come at once the one that there is a place for", async () => {
    await load(
      flow(...compatible(server.socketUrl, { model: "m-1", maxSessions: "1" }), callNode(), {
        id: "out",
        type: "helper",
      }),
      { e: { apiKey: "sk-key" } },
    );
    server.answer(refusal(404, { code: "call_id_not_found" }), empty);
    const caught = collect("caught");
    const failed = next("caught", () => caught.length === 2);
    give("n", { payload: incomingCall });
    give("n", { payload: { data: { call_id: "rtc_2" } } });
    await failed;
    assert.deepEqual(
      caught.map(({ error }) => error.code),
      ["session_limit", "call_id_not_found"],
    );
    assert.equal(server.requests.length, 1);

    // A call that could not be answered gives its place up.
    const answered = next("out");
    give("n", { payload: { data: { call_id: "rtc_2" } } });
    assert.equal((await answered)["realtime"].callId, "rtc_2");
    assert.equal((await refused("n", { payload: incomingCall })).code, "session_limit");
  });

  it("tells Catch and its status that a call is gone", async () => {
    server.answer(refusal(404, { code: "call_id_not_found" }));
    await begin({ action: "hangup" });
    const caught = next("caught");
    const shown = status("n", "call_id_not_found");
    give("n", { payload: incomingCall });
    const { error } = await caught;
    assert.equal(error.code, "call_id_not_found");
    assert.match(error.message, /HTTP 404/);
    assert.equal((await shown).fill, "red");
  });

  it("fails where the server takes no calls", async () => {
    await load(
      flow(
        { id: "e", type: "openai-realtime-endpoint", kind: "xai" },
        { id: "s", type: "openai-realtime-session", endpoint: "e", model: "m" },
        callNode(),
      ),
      { e: { apiKey: "xai-key" } },
    );
    const caught = next("caught");
    give("n", { payload: incomingCall });
    assert.equal((await caught).error.code, "wrong_purpose");
  });
});
