import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { faultTypes, startLocalServer, type FaultRequest } from "../../lib/index";
import catalogue from "../../nodes/locales/en-US/connect.json";
import endpointTexts from "../../nodes/locales/en-US/endpoint.json";
import {
  builtIn,
  compatible,
  flow,
  give,
  lastStatus,
  load,
  next,
  status,
  topicIs,
  useNodeRed,
  userWords,
  watched,
  type FlowNode,
} from "../support/canvas";

const nodes: FlowNode[] = [...watched("out"), userWords("send")];

const [endpoint, session] = builtIn as [FlowNode, FlowNode];

/** A control message, and the end of its work: null, or the error that Catch got. */
async function control(message: object): Promise<any> {
  const ends = Promise.race([
    next("completed").then(() => null),
    next("caught", ({ error }) => error.source.id === "c").then(({ error }) => error),
  ]);
  give("c", message);
  return await ends;
}

const misbehave = (...faults: FaultRequest[]) =>
  control({ action: "misbehave", payload: faults.length === 1 ? faults[0] : faults });

describe("misbehaving on the canvas", () => {
  useNodeRed();

  it("presses a fault while the session is live, and behaves again", async () => {
    await load(flow(...builtIn, ...nodes));
    assert.equal(await control({ action: "connect" }), null);
    const lost = next("out", topicIs("close"));
    const restored = next("out", topicIs("local.session.restored"));
    const shown = [status("c", "status.reconnecting"), status("c", "status.ready")];
    assert.equal(await misbehave({ type: "drop" }), null);
    assert.equal((await lost)["payload"].error, true);
    await restored;
    await Promise.all(shown);

    assert.equal(await misbehave({ type: "unknown_events", times: 0 }), null);
    const unknown = next("out", topicIs("rehearsal.unknown"));
    give("send", { payload: "hello" });
    await unknown;
    assert.equal(await control({ action: "misbehave", payload: null }), null);
    const done = next("out", topicIs("response.done"));
    give("send", { payload: "hello" });
    await done;
  });

  it("takes a fault before the server has started", async () => {
    await load(flow(...builtIn, ...nodes));
    await misbehave({ type: "refuse_handshake", status: 401 });
    assert.equal((await control({ action: "connect" })).code, "invalid_api_key");
    assert.equal(await control({ action: "connect" }), null);
  });

  it("misbehaves from the start as its endpoint is set, until a deploy or a message", async () => {
    await load(
      flow({ ...endpoint, fault: { type: "refuse_session", times: 0 } }, session, ...nodes),
    );
    assert.equal((await control({ action: "connect" })).code, "invalid_api_key");
    assert.equal(lastStatus("c"), "status.invalid-api-key");
    await control({ action: "misbehave", payload: null });
    assert.equal(await control({ action: "connect" }), null);
    assert.equal(lastStatus("c"), "status.ready");
  });

  it("says what is wrong with a fault, by its path", async () => {
    await load(flow(...builtIn, ...nodes));
    for (const [payload, path] of [
      [{ type: "dorp" }, "msg.payload.type"],
      [[{ type: "drop" }, { type: "drop", afterEvents: "1" }], "msg.payload[1].afterEvents"],
      ["drop", "msg.payload"],
      [undefined, "msg.payload"],
    ] as const) {
      const error = await control({ action: "misbehave", payload });
      assert.equal(error.code, "invalid_fault");
      assert.ok(error.message.includes(`${path} is `), error.message);
    }
  });

  it("says so where its endpoint's own fault is none", async () => {
    await load(flow({ ...endpoint, fault: { type: "dorp" } }, session, ...nodes));
    assert.equal(lastStatus("c"), "status.invalid-fault");
    assert.equal((await control({ action: "connect" })).code, "invalid_fault");
  });

  it("tells of a refused piece of audio at the microphone that sent it", async () => {
    const microphone: FlowNode = {
      id: "mic",
      type: "openai-realtime-audio-in",
      session: "s",
      rate: "24000",
      frame: "20",
    };
    await load(flow(...builtIn, ...nodes, microphone));
    assert.equal(await control({ action: "connect" }), null);
    assert.equal(
      await misbehave({ type: "refuse_event", event: "input_audio_buffer.append" }),
      null,
    );
    const caught = next("caught");
    give("mic", { payload: Buffer.alloc(960) });
    const { error, realtime } = await caught;
    assert.deepEqual([error.source.id, error.code], ["mic", "server_error"]);
    assert.equal(realtime.session, "default");
  });

  it("refuses to make another server misbehave", async () => {
    const server = await startLocalServer({ token: null });
    try {
      await load(flow(...compatible(server.url), ...nodes));
      assert.equal((await misbehave({ type: "drop" })).code, "not_built_in");
    } finally {
      await server.close();
    }
  });

  it("says so where there is no endpoint to misbehave", async () => {
    await load(flow(session, ...nodes));
    assert.equal((await misbehave({ type: "drop" })).code, "no_endpoint");
  });

  describe("a cause that no retry can mend has its own words", () => {
    const seen = new Set<string>();

    async function stopsWith(code: string, text: string): Promise<void> {
      const error = await control({ action: "connect" });
      assert.equal(error?.code, code);
      const shown = lastStatus("c") ?? "";
      assert.ok(shown.startsWith("status."), shown);
      assert.equal(Reflect.get(catalogue.status, shown.replace("status.", "")), text);
      assert.ok(!seen.has(`${code} ${text}`), "another cause has the same words");
      seen.add(`${code} ${text}`);
    }

    for (const [fault, code, text] of [
      [{ type: "refuse_handshake", status: 401 }, "invalid_api_key", "wrong API key"],
      [{ type: "refuse_handshake", status: 403 }, "forbidden", "access denied"],
      [{ type: "refuse_session", code: "model_not_found" }, "model_not_found", "unknown model"],
      [
        { type: "refuse_session", code: "beta_api_shape_disabled" },
        "beta_api_shape_disabled",
        "beta refused",
      ],
      [
        { type: "refuse_event", event: "session.update", code: "invalid_value" },
        "settings_refused",
        "settings refused",
      ],
    ] satisfies [FaultRequest, string, string][]) {
      it(`${code}: ${text}`, async () => {
        await load(flow({ ...endpoint, fault }, session, ...nodes));
        await stopsWith(code, text);
      });
    }

    it("invalid_api_key after the handshake, with the words of a wrong key", async () => {
      await load(flow({ ...endpoint, fault: { type: "refuse_session" } }, session, ...nodes));
      assert.equal((await control({ action: "connect" })).code, "invalid_api_key");
      assert.equal(lastStatus("c"), "status.invalid-api-key");
    });

    it("tls_failed: TLS failed", async () => {
      const server = await startLocalServer({ token: null });
      try {
        // A server without TLS at an address with it.
        await load(flow(...compatible(server.url.replace("ws:", "wss:")), ...nodes));
        await stopsWith("tls_failed", "TLS failed");
      } finally {
        await server.close();
      }
    });
  });

  it("shows an address that is not found in red, and goes on trying", async () => {
    const fault = { type: "refuse_handshake", status: 404, times: 0 };
    await load(flow({ ...endpoint, fault }, session, ...nodes));
    const red = status("c", "status.not-found");
    give("c", { action: "connect" });
    assert.deepEqual(await red.then(({ fill, shape }) => [fill, shape]), ["red", "ring"]);
  });

  it("has a name in the form for every fault and parameter, and names them in the help", () => {
    const help = readFileSync("nodes/locales/en-US/connect.html", "utf8");
    for (const { type, parameters } of faultTypes) {
      assert.equal(typeof Reflect.get(endpointTexts.fault, type), "string", type);
      assert.match(help, new RegExp(`<dt>${type}</dt>`));
      for (const { name, default: standard } of parameters) {
        assert.equal(typeof Reflect.get(endpointTexts.parameter, name), "string", name);
        const [, about = ""] = new RegExp(`<dt>${type}</dt>\\s*<dd>(.*)</dd>`).exec(help) ?? [];
        assert.ok(about.includes(`<code>${name}</code> ${String(standard)}`), `${type}: ${name}`);
      }
    }
  });
});
