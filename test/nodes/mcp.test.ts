import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";
import {
  collect,
  completed,
  compatible,
  flow,
  give,
  load,
  next,
  topicIs,
  useNodeRed,
  userWords,
  type FlowNode,
} from "../support/canvas";
import { sessionCreated, type WireEvent } from "../support/memory-server";

const TOKEN = "token-of-the-mcp-server";
const HEADER = "value-of-the-header";

const mcpServer = {
  id: "mcp1",
  label: "calendar",
  url: "https://mcp.example.com/sse",
  description: "My appointments",
  allowedTools: "list, add",
  requireApproval: "always",
  headers: ["X-Team"],
  hasAuthorization: true,
};

const secrets = JSON.stringify({
  mcp1: { authorization: TOKEN, headers: { "X-Team": HEADER } },
});

const nodes = (url: string): FlowNode[] => [
  ...compatible(url, { mcpServers: [mcpServer] }),
  {
    id: "c",
    type: "openai-realtime-connect",
    session: "s",
    emit: "all",
    echo: true,
    wires: [["events", "filter"]],
  },
  { id: "events", type: "helper" },
  {
    id: "filter",
    type: "openai-realtime-filter",
    rules: [{ match: "group", group: "approvals", test: false }],
    checkall: "true",
    output: "useful",
    wires: [["asked"]],
  },
  { id: "asked", type: "helper" },
  userWords("words"),
  {
    id: "answer",
    type: "openai-realtime-send",
    session: "s",
    mode: "approval",
    answer: "payload",
    answerType: "msg",
    respond: true,
  },
];

/** A server that calls tools of MCP servers as OpenAI's does: it stands in for it and for them. */
class McpPeer {
  readonly received: WireEvent[] = [];
  readonly #server: WebSocketServer;
  #ids = 0;
  #responses = 0;
  /** What session.update is answered with instead of session.updated. */
  refusal: string | undefined;

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on("connection", (socket) => {
      const send = (event: object): void =>
        socket.send(JSON.stringify({ event_id: `e${(this.#ids += 1)}`, ...event }));
      send(sessionCreated());
      socket.on("message", (data: Buffer) => {
        const event = JSON.parse(data.toString()) as WireEvent;
        this.received.push(event);
        this.#take(event, send);
      });
    });
  }

  static async start(): Promise<McpPeer> {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    await once(server, "listening");
    return new McpPeer(server);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  get peers(): readonly WebSocket[] {
    return [...this.#server.clients];
  }

  stop(): void {
    for (const peer of this.#server.clients) peer.terminate();
    this.#server.close();
  }

  #take(event: WireEvent, send: (event: object) => void): void {
    switch (event.type) {
      case "session.update":
        if (this.refusal === undefined) {
          send({ type: "session.updated", session: { type: "realtime", ...event["session"] } });
        } else {
          const error = { type: "invalid_request_error", code: "invalid_value" };
          send({
            type: "error",
            error: { ...error, message: this.refusal, event_id: event["event_id"] },
          });
        }
        return;
      case "conversation.item.create":
        this.#place(event["item"], send);
        if (event["item"].approve === true) this.#call(event["item"].approval_request_id, send);
        return;
      case "response.create":
        this.#responses += 1;
        if (this.#responses === 1) this.#respond(send, request("mcpr_1", '{"day":"Monday"}'));
        else this.#respond(send, said(`answer ${this.#responses}`));
    }
  }

  #place(item: object, send: (event: object) => void): void {
    send({ type: "conversation.item.added", previous_item_id: null, item });
    send({ type: "conversation.item.done", previous_item_id: null, item });
  }

  #call(requestId: string, send: (event: object) => void): void {
    const call = {
      id: "mcp_1",
      type: "mcp_call",
      server_label: "calendar",
      name: "list",
      arguments: '{"day":"Monday"}',
      approval_request_id: requestId,
    };
    send({ type: "conversation.item.added", previous_item_id: null, item: call });
    send({ type: "response.mcp_call.in_progress", output_index: 0, item_id: call.id });
    send({ type: "response.mcp_call.completed", output_index: 0, item_id: call.id });
    const item = { ...call, output: "nothing on Monday" };
    send({ type: "conversation.item.done", previous_item_id: null, item });
  }

  #respond(send: (event: object) => void, item: object): void {
    const id = `resp_${this.#responses}`;
    const response = { object: "realtime.response", id, conversation_id: "conv_1" };
    send({ type: "response.created", response: { ...response, status: "in_progress" } });
    send({ type: "response.output_item.added", response_id: id, output_index: 0, item });
    this.#place(item, send);
    send({ type: "response.output_item.done", response_id: id, output_index: 0, item });
    send({ type: "response.done", response: { ...response, status: "completed", output: [item] } });
  }
}

const request = (id: string, text: string): object => ({
  id,
  type: "mcp_approval_request",
  server_label: "calendar",
  name: "list",
  arguments: text,
});

const said = (text: string): object => ({
  id: `item_${text.replace(" ", "_")}`,
  type: "message",
  role: "assistant",
  status: "completed",
  content: [{ type: "output_text", text }],
});

describe("MCP servers", () => {
  useNodeRed();
  let server: McpPeer;

  beforeEach(async () => {
    server = await McpPeer.start();
  });
  afterEach(() => server.stop());

  const start = async (): Promise<void> =>
    await load(flow(...nodes(server.url)), { s: { mcpSecrets: secrets } });

  const createdItems = (): WireEvent[] =>
    server.received
      .filter(({ type }) => type === "conversation.item.create")
      .map(({ item }) => item as WireEvent);
  const responsesAsked = (): number =>
    server.received.filter(({ type }) => type === "response.create").length;

  it("are told to the server with their secrets, which no message of a flow holds", async () => {
    await start();
    const events = collect("events");
    const ready = next("events", topicIs("session.updated"));
    give("c", { action: "connect" });
    await ready;
    const [update] = server.received;
    assert.deepEqual(update?.["session"].tools, [
      {
        type: "mcp",
        server_label: "calendar",
        server_url: "https://mcp.example.com/sse",
        server_description: "My appointments",
        allowed_tools: ["list", "add"],
        require_approval: "always",
        authorization: TOKEN,
        headers: { "X-Team": HEADER },
      },
    ]);
    const reports = events.filter(({ payload }) => payload.session?.tools !== undefined);
    assert.deepEqual(
      reports.map(({ topic, payload }) => [topic, payload.session.tools[0].authorization]),
      [
        ["session.update", "[hidden]"],
        ["session.updated", "[hidden]"],
      ],
    );
    assert.deepEqual(reports[1]?.payload.session.tools[0].headers, { "X-Team": "[hidden]" });
    // A patch that names them again, by a message, is echoed without them too.
    const echoed = next("events", ({ topic }) => topic === "session.update");
    give("c", { action: "update", payload: { tools: update?.["session"].tools } });
    assert.equal((await echoed).payload.session.tools[0].authorization, "[hidden]");
    assert.doesNotMatch(JSON.stringify(events), new RegExp(`${TOKEN}|${HEADER}`));
  });

  it("keep their secrets out of a refusal that quotes them", async () => {
    server.refusal = `Invalid token ${TOKEN} or header "${HEADER}".`;
    await start();
    const caught = next("caught");
    give("c", { action: "connect" });
    const { error } = await caught;
    assert.match(error.message, /Invalid token \[hidden\] or header "\[hidden\]"\./);
    assert.doesNotMatch(error.message, new RegExp(`${TOKEN}|${HEADER}`));
  });

  it("stay with the session when flows add and change their tools", async () => {
    const tool = {
      id: "tool",
      type: "openai-realtime-tool",
      session: "s",
      tool: "lamp",
      description: "",
      parametersMode: "list",
      parameters: [],
      deadline: "20",
      onDeadline: "",
      wires: [[]],
    };
    await load(flow(...nodes(server.url), tool), { s: { mcpSecrets: secrets } });
    const ready = next("events", topicIs("session.updated"));
    give("c", { action: "connect" });
    await ready;
    const names = server.received[0]?.["session"].tools.map(
      (each: WireEvent) => each["server_label"] ?? each["name"],
    );
    assert.deepEqual(names, ["calendar", "lamp"]);
  });

  it("say which secret is missing, as after an import", async () => {
    await load(flow(...nodes(server.url)));
    const caught = next("caught");
    give("c", { action: "connect" });
    const { error } = await caught;
    assert.equal(error.code, "missing_secret");
    assert.match(error.message, /"calendar".*token/);
    assert.deepEqual(server.peers, []);
  });

  it("need no secrets in a session that only transcribes, and has no tools", async () => {
    const canvas = flow(...nodes(server.url)).map((node) =>
      node.id === "s" ? { ...node, kind: "transcription" } : node,
    );
    await load(canvas);
    await completed("c", { action: "connect" });
    assert.equal(server.received[0]?.["session"].tools, undefined);
  });

  it("ask before they are called; an approved call is made, and the model goes on by itself", async () => {
    await start();
    const events = collect("events");
    const asked = next("asked");
    give("words", { payload: "What is on Monday?" });
    const question = await asked;
    assert.deepEqual(question.payload, { day: "Monday" });
    assert.deepEqual(question["realtime"].approval, {
      id: "mcpr_1",
      server: "calendar",
      name: "list",
    });
    assert.equal(responsesAsked(), 1);

    const done = next(
      "events",
      ({ topic, payload }) => topic === "response.done" && payload.response.id === "resp_2",
    );
    give("answer", { ...question, payload: "approve" });
    await done;
    const { id, ...approval } = createdItems().at(-1) ?? assert.fail();
    assert.equal(typeof id, "string");
    assert.deepEqual(approval, {
      type: "mcp_approval_response",
      approval_request_id: "mcpr_1",
      approve: true,
    });
    assert.equal(responsesAsked(), 2);
    const calls = events.filter(
      ({ topic, payload }) =>
        topic === "conversation.item.done" && payload.item.type === "mcp_call",
    );
    assert.deepEqual(
      calls.map(({ payload }) => payload.item.output),
      ["nothing on Monday"],
    );
  });

  it("are not called when the call is denied, and the model is told why", async () => {
    await start();
    const events = collect("events");
    const asked = next("asked");
    give("words", { payload: "What is on Monday?" });
    const question = await asked;
    const done = next(
      "events",
      ({ topic, payload }) => topic === "response.done" && payload.response.id === "resp_2",
    );
    give("answer", { ...question, payload: { approve: false, reason: "Not on holidays." } });
    await done;
    const { id: _, ...denial } = createdItems().at(-1) ?? assert.fail();
    assert.deepEqual(denial, {
      type: "mcp_approval_response",
      approval_request_id: "mcpr_1",
      approve: false,
      reason: "Not on holidays.",
    });
    assert.equal(responsesAsked(), 2);
    assert.ok(!events.some(({ payload }) => payload.item?.type === "mcp_call"));
  });

  it("are not called by mistake: what is no answer, or answers nothing, goes to Catch", async () => {
    await start();
    const asked = next("asked");
    give("words", { payload: "What is on Monday?" });
    const question = await asked;
    const sent = createdItems().length;
    const wrong: [message: object, code: string][] = [
      [{ ...question, payload: "yes, why not" }, "invalid_answer"],
      [{ ...question, payload: { approve: "true" } }, "invalid_answer"],
      [{ ...question, payload: undefined }, "invalid_answer"],
      [{ payload: true, realtime: {} }, "no_approval_request"],
      [{ payload: true, realtime: { approval: { id: 7 } } }, "no_approval_request"],
      [{ payload: true, realtime: { approval: { id: "" } } }, "no_approval_request"],
      [{ ...question, payload: true, realtime: { ...question["realtime"], session: "other" } }, "approval_void"],
    ]; // prettier-ignore
    for (const [message, code] of wrong) {
      const caught = next("caught");
      give("answer", message);
      assert.equal((await caught)["error"].code, code);
    }
    assert.equal(createdItems().length, sent);
  });
});
