import assert from "node:assert/strict";
import {
  collect,
  compatible,
  flow,
  give,
  lastStatus,
  load,
  next,
  deploy,
  status,
  statusesInEditor,
  useNodeRed,
  type FlowNode,
} from "../support/canvas";
import { json, refusal, RestServer } from "../support/rest-server";
import { fullAnswer } from "../support/secret-answers";

const secret = (config: Partial<FlowNode> = {}): FlowNode => ({
  id: "n",
  type: "openai-realtime-client-secret",
  session: "s",
  opens: "session",
  lifetime: "60",
  translationModel: "gpt-realtime-translate",
  language: "",
  wires: [["out"]],
  ...config,
});

describe("client-secret node", () => {
  useNodeRed();
  let server: RestServer;

  beforeEach(async () => {
    server = await RestServer.start();
    server.answer(json(200, fullAnswer));
  });
  afterEach(() => server.close());

  const flowWith = (
    config: Partial<FlowNode> = {},
    session: Partial<FlowNode> = { model: "gpt-realtime-2.1" },
  ): FlowNode[] =>
    flow(...compatible(server.socketUrl, session), secret(config), { id: "out", type: "helper" });

  it("sends the secret, its expiry and the session, in the message that asked for it", async () => {
    await load(flowWith(), { e: { apiKey: "sk-key" } });
    const answered = next("out");
    const completed = next("completed");
    give("n", { _msgid: "m1", payload: "please", req: "kept", res: "kept" });
    const { payload, _msgid, req, res } = await answered;
    assert.deepEqual({ _msgid, req, res }, { _msgid: "m1", req: "kept", res: "kept" });
    assert.equal(payload.value, fullAnswer.value);
    assert.equal(payload.expires_at, fullAnswer.expires_at);
    assert.equal(payload.session.expires_at, 0);
    assert.deepEqual(Object.keys(payload.session), Object.keys(fullAnswer.session));
    await completed;
    assert.equal(server.requests[0]?.headers.authorization, "Bearer sk-key");
  });

  it("asks for the settings of the session node, with its model, and its own lifetime", async () => {
    await load(
      flowWith({ lifetime: "7200" }, { model: "m-1", output: "text", turnDetection: "off" }),
    );
    const answered = next("out");
    give("n", {});
    await answered;
    const [request] = server.requests;
    assert.equal(request?.path, "/v1/realtime/client_secrets");
    assert.deepEqual(request.body, {
      expires_after: { anchor: "created_at", seconds: 7200 },
      session: {
        type: "realtime",
        model: "m-1",
        output_modalities: ["text"],
        audio: { input: { turn_detection: null } },
      },
    });
  });

  it("leaves the lifetime to the server where the form is empty", async () => {
    await load(flowWith({ lifetime: "" }));
    const answered = next("out");
    give("n", {});
    await answered;
    assert.equal(server.requests[0]?.body.expires_after, undefined);
  });

  it("asks for a translation with the model and language of its form", async () => {
    server.answer(
      json(200, { value: "ek_t", expires_at: 1, session: { id: "s", type: "translation" } }),
    );
    await load(flowWith({ opens: "translation", language: "es" }));
    const answered = next("out");
    give("n", {});
    assert.equal((await answered).payload.value, "ek_t");
    const [request] = server.requests;
    assert.equal(request?.path, "/v1/realtime/translations/client_secrets");
    assert.deepEqual(request.body, {
      expires_after: { anchor: "created_at", seconds: 60 },
      session: { model: "gpt-realtime-translate", audio: { output: { language: "es" } } },
    });
  });

  it("gives nobody the credentials of MCP servers", async () => {
    await load(flowWith());
    const answered = next("out");
    give("n", {});
    const text = JSON.stringify((await answered).payload);
    assert.match(text, /"server_label":"calendar"/);
    assert.doesNotMatch(text, /mcp-secret/);
  });

  it("shows that it waits, and nothing when it has the secret", async () => {
    await load(flowWith());
    const requesting = status("n", "status.requesting");
    const completed = next("completed");
    give("n", {});
    assert.deepEqual(await requesting, {
      fill: "blue",
      shape: "dot",
      text: "status.requesting",
    });
    await completed;
    assert.equal(lastStatus("n"), undefined);
  });

  it("shows that it waits as long as one of several is not answered", async () => {
    const answers: (() => void)[] = [];
    server.answer((response, request) => {
      answers.push(() => json(200, fullAnswer)(response, request));
    });
    await load(flowWith());
    for (const answered of [1, 2]) {
      const requested = server.received(answered);
      give("n", {});
      await requested;
    }
    const shown: unknown[] = [];
    for (const answer of answers) {
      const completed = next("completed");
      answer();
      await completed;
      shown.push(lastStatus("n"));
    }
    assert.deepEqual(shown, ["status.requesting", undefined]);
  });

  const refusals: [code: string, httpStatus: number, text?: string][] = [
    ["invalid_value", 400],
    ["invalid_api_key", 401, "status.invalid-api-key"],
    ["forbidden", 403, "status.forbidden"],
    ["model_not_found", 404, "status.model-not-found"],
    ["rate_limit_exceeded", 429],
    ["server_error", 500],
  ];
  for (const [code, httpStatus, text = code] of refusals) {
    it(`tells Catch and its status of a ${httpStatus}, and sends nothing`, async () => {
      server.answer(refusal(httpStatus, { code, message: "sk-key ek_secret" }));
      await load(flowWith(), { e: { apiKey: "sk-key" } });
      const out = collect("out");
      const caught = next("caught");
      const shown = status("n", text);
      give("n", { payload: "kept" });
      const { error, payload } = await caught;
      assert.equal(error.code, code);
      assert.match(error.message, new RegExp(`HTTP ${httpStatus} \\(${code}\\), request req_1`));
      assert.doesNotMatch(JSON.stringify(error), /sk-key|ek_secret/);
      assert.equal(payload, "kept");
      assert.deepEqual(await shown, { fill: "red", shape: "ring", text });
      assert.deepEqual(out, []);
      assert.equal(server.requests.length, 1);
    });
  }

  it("refuses settings that come from the environment and are wrong, before it asks", async () => {
    await load(flowWith({ lifetime: "5" }));
    const caught = next("caught");
    give("n", {});
    const { error } = await caught;
    assert.equal(error.code, "invalid_settings");
    assert.match(error.message, /expires_after\.seconds/);
    assert.equal(lastStatus("n"), "status.invalid-settings");
    assert.equal(server.requests.length, 0);
  });

  const unfinished: [code: string, text: string, nodes: FlowNode[]][] = [
    ["no_session", "status.no-session", []],
    [
      "no_endpoint",
      "status.no-endpoint",
      [{ id: "s", type: "openai-realtime-session", endpoint: "e", model: "m" }],
    ],
    [
      "no_key",
      "status.no-key",
      [
        { id: "e", type: "openai-realtime-endpoint", kind: "openai" },
        { id: "s", type: "openai-realtime-session", endpoint: "e", model: "m" },
      ],
    ],
    ["no_http_address", "status.no-http-address", compatible("ws://127.0.0.1/socket")],
  ];
  for (const [code, text, nodes] of unfinished) {
    it(`tells Catch what is missing: ${code}`, async () => {
      await load(flow(...nodes, secret()));
      if (code === "no_session") assert.equal(lastStatus("n"), "status.no-session");
      const caught = next("caught");
      give("n", {});
      assert.equal((await caught).error.code, code);
      assert.equal(lastStatus("n"), text);
    });
  }

  it("fails on the built-in server, which creates no secrets", async () => {
    const endpoint = { id: "e", type: "openai-realtime-endpoint", kind: "built-in" };
    const session = { id: "s", type: "openai-realtime-session", endpoint: "e", model: "m" };
    await load(flow(endpoint, session, secret()));
    const caught = next("caught");
    give("n", {});
    const { code, message } = (await caught).error;
    assert.equal(code, "no_http_address");
    assert.match(message, /^The built-in server creates no secrets/);
  });

  it("has sixteen requests at a time, and refuses more", async () => {
    server.answer(() => undefined);
    await load(flowWith());
    const caught = next("caught");
    for (let index = 0; index < 17; index += 1) give("n", { index });
    const { error, index } = await caught;
    assert.equal(error.code, "too_many_requests");
    assert.equal(index, 16);
    await server.received(16);
    assert.equal(server.requests.length, 16);
  });

  it("counts a request once whose answer cannot be handed on to several nodes", async () => {
    await load(flowWith({ wires: [["out", "other"]] }).concat({ id: "other", type: "helper" }));
    let deep: unknown = [];
    for (let depth = 0; depth < 100_000; depth += 1) deep = [deep];
    const caught = next("caught");
    give("n", { deep });
    await caught;
    const completed = next("completed");
    give("n", {});
    await completed;
    assert.equal(lastStatus("n"), undefined);
  });

  for (const [state, members] of [
    ["status.requesting", {}],
    ["status.invalid-settings", { lifetime: "5" }],
  ] satisfies [string, Partial<FlowNode>][])
    it(`does not show ${state} any more when it is deployed anew`, async () => {
      server.answer(() => undefined);
      const shown = statusesInEditor();
      const nodes = flowWith(members);
      await load(nodes);
      const asked = status("n", state);
      give("n", {});
      await asked;
      assert.equal(shown("n"), state);
      await deploy(nodes.map((node) => (node.id === "n" ? { ...node, lifetime: "20" } : node)));
      assert.equal(shown("n"), undefined);
    });

  it("gives up what waits when it is deployed anew, and works again then", async () => {
    server.answer(() => undefined, json(200, fullAnswer));
    const nodes = flowWith();
    await load(nodes);
    const gone = new Promise((done) => {
      server.http.once("request", (request) => request.socket.once("close", done));
    });
    give("n", {});
    await server.received(1);
    await deploy(nodes.map((node) => (node.id === "n" ? { ...node, lifetime: "20" } : node)));
    await gone;
    const answered = next("out");
    give("n", {});
    assert.equal((await answered).payload.value, fullAnswer.value);
    assert.equal(server.requests[1]?.body.expires_after.seconds, 20);
  });
});
