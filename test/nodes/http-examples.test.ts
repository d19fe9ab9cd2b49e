import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { incomingCall } from "../support/incoming-call";
import type { FlowNode } from "../support/canvas";
import { project, startNodeRed, type RunningNodeRed } from "../support/node-red";
import { empty, json, refusal, RestServer } from "../support/rest-server";
import { fullAnswer } from "../support/secret-answers";
import { WireServer } from "../support/wire-server";

/** An example as it is shipped, but with its endpoint at another server. */
function example(name: string, socketUrl: string): FlowNode[] {
  const text = readFileSync(join(project, "examples", `${name}.json`), "utf8");
  return (JSON.parse(text) as FlowNode[]).map((node) => {
    if (node.type === "openai-realtime-endpoint")
      return { ...node, kind: "compatible", url: socketUrl };
    // Nobody has to hear the goodbye.
    return node.type === "delay" ? { ...node, timeout: "10", timeoutUnits: "milliseconds" } : node;
  });
}

describe("examples that are called over HTTP", () => {
  const key = "sk-from-the-environment";
  let nodeRed: RunningNodeRed;
  let rest: RestServer;
  let wire: WireServer;

  const folder = mkdtempSync(join(tmpdir(), "realtime-http-"));

  before(async () => {
    rest = await RestServer.start();
    wire = await WireServer.start({ http: rest.http });
    const flows = ["15 Key for a browser", "16 Answer a phone call"].flatMap((name) =>
      example(name, rest.socketUrl),
    );
    writeFileSync(join(folder, "flows.json"), JSON.stringify(flows));
    nodeRed = await startNodeRed(process.env["NODE_RED"] ?? "node-red", {
      folder,
      env: { OPENAI_API_KEY: key },
    });
  });
  after(async () => {
    await nodeRed?.stop();
    await wire?.close();
    await rest?.close();
    rmSync(folder, { recursive: true });
  });

  beforeEach(() => {
    rest.answer(empty);
    rest.requests.length = 0;
    wire.handshakes.length = 0;
  });

  const request = (path: string, method: string, body?: object): Promise<Response> =>
    fetch(new URL(path, nodeRed.url), {
      method,
      ...(body === undefined
        ? {}
        : { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
    });

  describe("15 Key for a browser", () => {
    it("serves a page that asks for a secret and holds no key", async () => {
      const answer = await request("realtime-page", "GET");
      const page = await answer.text();
      assert.match(answer.headers.get("content-type") ?? "", /text\/html/);
      assert.match(page, /fetch\("realtime-secret", \{ method: "POST" \}\)/);
      assert.ok(!page.includes(key));
    });

    it("gives the browser a secret that is not to be kept, and not the key", async () => {
      rest.answer(json(200, fullAnswer));
      const answer = await request("realtime-secret", "POST");
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get("cache-control"), "no-store");
      const text = await answer.text();
      const { value, expires_at, session } = JSON.parse(text) as typeof fullAnswer;
      assert.deepEqual(
        { value, expires_at, id: session.id },
        { value: fullAnswer.value, expires_at: fullAnswer.expires_at, id: fullAnswer.session.id },
      );
      const [asked] = rest.requests;
      assert.equal(asked?.headers.authorization, `Bearer ${key}`);
      assert.equal(asked.body.expires_after.seconds, 60);
      assert.equal(asked.body.session.model, "gpt-realtime-2.1");
      for (const secret of [key, "mcp-secret"]) assert.ok(!text.includes(secret), secret);
    });

    it("tells the browser of a failure by no more than its code", async () => {
      rest.answer(refusal(401, { code: "invalid_api_key", message: key }));
      const answer = await request("realtime-secret", "POST");
      assert.equal(answer.status, 502);
      assert.deepEqual(await answer.json(), { error: "invalid_api_key" });
      assert.ok(!nodeRed.output().includes(key));
      assert.ok(!nodeRed.output().includes(fullAnswer.value));
    });
  });

  describe("16 Answer a phone call", () => {
    const callId = incomingCall.data.call_id;
    const restPath = (action: string): string => `/v1/realtime/calls/${callId}/${action}`;

    /** What a model does that calls a tool. */
    const callTool = (id: string, name: string, args: object): void => {
      const item = {
        id: `item_${id}`,
        object: "realtime.item",
        type: "function_call",
        status: "completed",
        call_id: id,
        name,
        arguments: JSON.stringify(args),
      };
      const response = { id: `resp_${id}`, object: "realtime.response", status: "in_progress" };
      wire.send(
        { type: "response.created", event_id: "e1", response: { ...response, output: [] } },
        {
          type: "response.output_item.done",
          event_id: "e2",
          response_id: response.id,
          output_index: 0,
          item,
        },
        {
          type: "response.done",
          event_id: "e3",
          response: { ...response, status: "completed", output: [item] },
        },
      );
    };

    it("accepts, greets beside the call, answers a tool call, and hangs up", async () => {
      const answered = await request("realtime-call", "POST", incomingCall);
      assert.equal(answered.status, 200);

      await wire.connection();
      const [accepted] = rest.requests;
      assert.equal(accepted?.path, restPath("accept"));
      assert.equal(accepted.headers.authorization, `Bearer ${key}`);
      assert.equal(accepted.body.type, "realtime");
      assert.equal(accepted.body.model, "gpt-realtime-2.1");
      assert.match(accepted.body.instructions, /shop/);

      const greeting = await wire.next("response.create");
      const [handshake] = wire.handshakes;
      assert.equal(handshake?.url, `/v1/realtime?call_id=${callId}`);
      assert.equal(handshake.headers.authorization, `Bearer ${key}`);
      assert.match(JSON.stringify(greeting), /Greet the caller/);
      wire.send({
        type: "response.created",
        event_id: "g1",
        response: { id: "resp_g", object: "realtime.response", status: "in_progress", output: [] },
      });
      wire.send({
        type: "response.done",
        event_id: "g2",
        response: { id: "resp_g", object: "realtime.response", status: "completed", output: [] },
      });

      callTool("call_1", "opening_hours", { day: "Monday" });
      const { item } = (await wire.next("conversation.item.create")) as { item?: any };
      assert.equal(item.type, "function_call_output");
      assert.equal(item.call_id, "call_1");
      assert.equal(item.output, "On Monday the shop is open from 9 to 17.");
      wire.send({ type: "conversation.item.added", event_id: "a", previous_item_id: null, item });
      wire.send({ type: "conversation.item.done", event_id: "d", previous_item_id: null, item });
      await wire.next("response.create");

      const peer = wire.peer;
      const closed = new Promise((done) => {
        peer.once("close", done);
      });
      callTool("call_2", "hang_up", {});
      await rest.received(2);
      assert.equal(rest.requests[1]?.path, restPath("hangup"));
      await closed;
      assert.ok(!nodeRed.output().includes(key));
    });

    it("lets other webhooks pass, and does not connect to a call that cannot be accepted", async () => {
      const other = { ...incomingCall, type: "response.completed" };
      assert.equal((await request("realtime-call", "POST", other)).status, 200);
      rest.answer(refusal(404, { code: "call_id_not_found" }));
      assert.equal((await request("realtime-call", "POST", incomingCall)).status, 200);
      await rest.received(1);
      const hungUp = { ...incomingCall, data: { ...incomingCall.data, call_id: "rtc_late" } };
      rest.answer(empty);
      await request("realtime-call", "POST", hungUp);
      await wire.connection();
      assert.deepEqual(
        rest.requests.map(({ path }) => path),
        [restPath("accept"), "/v1/realtime/calls/rtc_late/accept"],
      );
      assert.deepEqual(
        wire.handshakes.map(({ url }) => url),
        ["/v1/realtime?call_id=rtc_late"],
      );
    });
  });
});
