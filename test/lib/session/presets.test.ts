import assert from "node:assert/strict";
import { endpointTarget, type Endpoint } from "../../../lib/session/endpoint";
import {
  endpointPresets,
  type PresetName,
  type SessionPurpose,
} from "../../../lib/session/endpoint-presets";
import { RealtimeSession } from "../../../lib/session/realtime-session";
import { authority, ConnectProxy, TlsServer } from "../../support/tls-line";
import type { WireEvent } from "../../support/memory-server";
import { makeSession } from "./ready-session";

const model = (name: string): SessionPurpose => ({ kind: "model", model: name });
const call: SessionPurpose = { kind: "call", callId: "rtc_1" };
const transcription: SessionPurpose = { kind: "transcription", model: "whisper" };

/** What a beta server says first: its settings lie side by side. */
const flatGreeting: WireEvent = {
  type: "session.created",
  event_id: "e",
  session: { id: "s", object: "realtime.session", modalities: ["text"], voice: "alloy" },
};

interface Expectation {
  readonly kind: Exclude<PresetName, "built-in">;
  readonly endpoint?: Partial<Endpoint>;
  readonly purpose?: SessionPurpose;
  readonly greeting?: WireEvent;
  readonly host: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  /** The dialect of the first frame. */
  readonly says: "ga" | "beta";
}

const pcm = { type: "audio/pcm", rate: 24_000 } as const;
const bearer = { authorization: "Bearer k" };
const azureKey = { "api-key": "k" };

const table: readonly Expectation[] = [
  {
    kind: "openai",
    host: "api.openai.com",
    url: "/v1/realtime?model=m",
    headers: bearer,
    says: "ga",
  },
  {
    kind: "openai",
    endpoint: { organization: "o", project: "p" },
    purpose: call,
    host: "api.openai.com",
    url: "/v1/realtime?call_id=rtc_1",
    headers: { ...bearer, "openai-organization": "o", "openai-project": "p" },
    says: "ga",
  },
  {
    kind: "openai",
    purpose: transcription,
    host: "api.openai.com",
    url: "/v1/realtime?intent=transcription",
    headers: bearer,
    says: "ga",
  },
  {
    kind: "azure",
    endpoint: { url: "My-Resource" },
    host: "my-resource.openai.azure.com",
    url: "/openai/v1/realtime?model=m",
    headers: azureKey,
    says: "ga",
  },
  {
    kind: "azure",
    endpoint: { url: "https://my-resource.openai.azure.com/", keyHeader: "Authorization" },
    purpose: transcription,
    host: "my-resource.openai.azure.com",
    url: "/openai/v1/realtime?intent=transcription",
    headers: bearer,
    says: "ga",
  },
  {
    kind: "azure-preview",
    endpoint: { url: "my-resource" },
    greeting: flatGreeting,
    host: "my-resource.openai.azure.com",
    url: "/openai/realtime?api-version=2025-04-01-preview&deployment=m",
    headers: azureKey,
    says: "beta",
  },
  {
    kind: "azure-preview",
    endpoint: { url: "my-resource", apiVersion: "2024-10-01-preview" },
    greeting: flatGreeting,
    host: "my-resource.openai.azure.com",
    url: "/openai/realtime?api-version=2024-10-01-preview&deployment=m",
    headers: azureKey,
    says: "beta",
  },
  { kind: "xai", host: "api.x.ai", url: "/v1/realtime?model=m", headers: bearer, says: "ga" },
  {
    kind: "localai",
    endpoint: { url: "wss://realtime.test/v1/realtime" },
    host: "realtime.test",
    url: "/v1/realtime?model=m",
    headers: bearer,
    says: "ga",
  },
  {
    kind: "speaches",
    endpoint: { url: "wss://realtime.test/v1/realtime" },
    greeting: flatGreeting,
    host: "realtime.test",
    url: "/v1/realtime?model=m",
    headers: { ...bearer, "openai-beta": "realtime=v1" },
    says: "beta",
  },
  {
    kind: "speaches",
    endpoint: { url: "wss://realtime.test/v1/realtime", keyHeader: "X-API-Key" },
    purpose: transcription,
    greeting: flatGreeting,
    host: "realtime.test",
    url: "/v1/realtime?intent=transcription&model=whisper",
    headers: { "x-api-key": "k", "openai-beta": "realtime=v1" },
    says: "beta",
  },
  {
    kind: "vllm",
    endpoint: { url: "wss://realtime.test/v1/realtime" },
    purpose: { kind: "transcription" },
    host: "realtime.test",
    url: "/v1/realtime?intent=transcription",
    headers: bearer,
    says: "ga",
  },
  {
    kind: "huggingface",
    endpoint: { url: "wss://realtime.test/v1/realtime" },
    purpose: model(""),
    host: "realtime.test",
    url: "/v1/realtime",
    headers: bearer,
    says: "ga",
  },
  {
    kind: "compatible",
    endpoint: {
      url: "wss://realtime.test/gateway/rt?tenant=7",
      headers: { "X-Tenant": "seven" },
      subprotocols: ["realtime"],
    },
    host: "realtime.test",
    url: "/gateway/rt?tenant=7&model=m",
    headers: { ...bearer, "x-tenant": "seven", "sec-websocket-protocol": "realtime" },
    says: "ga",
  },
  {
    kind: "compatible",
    endpoint: { url: "wss://realtime.test/v1/realtime" },
    greeting: flatGreeting,
    host: "realtime.test",
    url: "/v1/realtime?model=m",
    headers: bearer,
    says: "beta",
  },
];

describe("presets", () => {
  for (const expected of table) {
    const { kind, endpoint = {}, purpose = model("m") } = expected;
    const how = [purpose.kind, ...Object.keys(endpoint), expected.greeting && "beta"];
    it(`${kind} is reached by its address, with its key, in its dialect (${how.filter(Boolean).join(", ")})`, async () => {
      const server = await TlsServer.start(expected.greeting);
      const proxy = await ConnectProxy.start(server.port);
      const session = new RealtimeSession({
        target: () => ({
          ...endpointTarget({ kind, apiKey: "k", ...endpoint }, purpose),
          tls: { ca: authority },
          proxy: proxy.url,
        }),
        settings:
          purpose.kind === "transcription"
            ? { type: "transcription" as const, audio: { input: { turn_detection: null } } }
            : { type: "realtime" as const, output_modalities: ["text"] },
      });
      try {
        session.connect().catch(() => undefined);
        const { servername, url, headers, frames } = await server.frame();
        assert.deepEqual(proxy.asked, [`${expected.host}:443`]);
        assert.equal(servername, expected.host);
        assert.equal(url, expected.url);
        assert.equal(headers.host, expected.host);
        // What every WebSocket handshake has.
        const usual = /^(?:host|connection|upgrade|sec-websocket-(?!protocol).*)$/;
        const own = Object.fromEntries(
          Object.entries(headers).filter(([name]) => !usual.test(name)),
        );
        assert.deepEqual(own, expected.headers);
        const [first] = frames;
        assert.ok(first);
        assert.match(first.type, /^(?:transcription_)?session\.update$/);
        assert.equal("type" in first["session"], expected.says === "ga");
      } finally {
        await session.close();
        await proxy.close();
        await server.close();
      }
    });
  }

  it("each stands in this table", () => {
    const tried = new Set<string>(table.map(({ kind }) => kind));
    assert.deepEqual(
      Object.keys(endpointPresets).filter((name) => name !== "built-in" && !tried.has(name)),
      [],
    );
  });

  for (const [settings, told] of [
    [undefined, { type: "realtime", audio: { input: { format: pcm }, output: { format: pcm } } }],
    [
      {
        type: "realtime",
        audio: { input: { turn_detection: null }, output: { format: { type: "audio/pcmu" } } },
      },
      {
        type: "realtime",
        audio: {
          input: { format: pcm, turn_detection: null },
          output: { format: { type: "audio/pcmu" } },
        },
      },
    ],
  ] as const) {
    const what = settings === undefined ? "no settings" : "settings with one format";
    it(`huggingface is told the formats that ${what} leave open: its own rate is another one`, async () => {
      const url = "ws://nas:8765/v1/realtime";
      const { session, server } = makeSession({
        target: () => endpointTarget({ kind: "huggingface", url }, model("")),
        ...(settings === undefined ? {} : { settings }),
      });
      const connected = session.connect();
      const peer = await server.greet();
      assert.deepEqual((await peer.next("session.update"))["session"], told);
      peer.send({ type: "session.updated", event_id: "u", session: {} });
      await connected;
    });
  }

  it("vllm is told its model by each session.update, without which it refuses all sound", async () => {
    const url = "ws://nas:8000/v1/realtime";
    const { session, server } = makeSession({
      target: () => endpointTarget({ kind: "vllm", url }, transcription),
      settings: { type: "transcription", audio: { input: { turn_detection: null } } },
    });
    const connected = session.connect();
    const peer = await server.greet();
    await connected;
    assert.equal((await peer.next("session.update"))["model"], "whisper");
    await session.update({ type: "transcription", include: [] });
    assert.equal((await peer.next("session.update"))["model"], "whisper");
  });

  it("vllm does what a commit asks without a word: nobody waits for one", async () => {
    const url = "ws://nas:8000/v1/realtime";
    const { session, server, clock, errors } = makeSession({
      target: () => endpointTarget({ kind: "vllm", url }, transcription),
    });
    const connected = session.connect();
    const peer = await server.greet();
    await connected;
    const committed = session.send({ type: "input_audio_buffer.commit" });
    await peer.next("input_audio_buffer.commit");
    await clock.advance(10_000);
    assert.deepEqual(await committed, { accepted: "written" });
    assert.deepEqual(errors, []);
  });

  it("have no sessions for what their server cannot do", () => {
    const url = "ws://nas:8000/v1/realtime";
    for (const [kind, purpose] of [
      ["vllm", model("m")],
      ["xai", call],
      ["azure-preview", transcription],
      ["huggingface", transcription],
    ] as const)
      assert.throws(() => endpointTarget({ kind, apiKey: "k", url }, purpose), {
        code: "wrong_purpose",
      });
    assert.throws(() => endpointTarget({ kind: "localai", url }, model("")), { code: "no_model" });
    assert.throws(
      () => endpointTarget({ kind: "openai", apiKey: "k" }, { kind: "call", callId: "" }),
      { code: "no_call" },
    );
  });
});
