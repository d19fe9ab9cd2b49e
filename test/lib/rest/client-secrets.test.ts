import assert from "node:assert/strict";
import type {
  RealtimeSessionCreateResponse as Theirs,
  RealtimeTranscriptionSessionCreateResponse as TheirTranscription,
} from "openai/resources/realtime/client-secrets";
import type { RealtimeTranslationClientSecretCreateResponse } from "openai/resources/realtime/realtime";
import {
  createClientSecret,
  createTranslationSecret,
  RealtimeError,
  RestError,
  withoutToolCredentials,
  type ClientSecretRequest,
  type ClientSecretResponse,
  type RealtimeSessionCreateResponse,
  type RestTarget,
  type TranslationSecretResponse,
} from "../../../lib/index";
import { ClientSecretResponseSchema } from "../../../lib/protocol/client-secret";
import { validateShape } from "../../../lib/protocol/validate";
import { json, RestServer } from "../../support/rest-server";
import { EXPIRES_AT, fullAnswer, transcriptionAnswer } from "../../support/secret-answers";

describe("client secrets", () => {
  let server: RestServer;

  beforeEach(async () => {
    server = await RestServer.start();
  });
  afterEach(() => server.close());

  const target = (strictness: RestTarget["strictness"] = "openai"): RestTarget => ({
    url: `${server.origin}/v1/realtime`,
    headers: { Authorization: "Bearer sk-key" },
    strictness,
  });

  it("are asked for with a lifetime and the settings of a session", async () => {
    server.answer(json(200, fullAnswer));
    const request: ClientSecretRequest = {
      expires_after: { anchor: "created_at", seconds: 7200 },
      session: { type: "realtime", model: "gpt-realtime-2.1", instructions: "Be brief." },
    };
    await createClientSecret(target(), request);
    assert.equal(server.requests[0]?.path, "/v1/realtime/client_secrets");
    assert.deepEqual(server.requests[0].body, request);
  });

  it("come with the whole session, every member and null as the server wrote it", async () => {
    const wire = JSON.stringify(fullAnswer);
    server.answer((response) => response.end(wire));
    const answer = await createClientSecret(target(), {});
    assert.equal(JSON.stringify(answer), wire);
    assert.equal(answer.session.expires_at, 0);
  });

  it("keep members that nobody knows yet, at every depth", async () => {
    const wire = structuredClone<any>(fullAnswer);
    wire.session.mood = null;
    wire.session.audio.input.beam = { width: 3 };
    wire.session.tools.push({ type: "wasm", module: "m" });
    wire.session.reasoning.effort = "dreaming";
    server.answer(json(200, wire));
    assert.deepEqual(await createClientSecret(target(), {}), wire);
  });

  it("come with a session that only transcribes, without a model", async () => {
    server.answer(json(200, transcriptionAnswer));
    const { session } = await createClientSecret(target(), {
      session: { type: "transcription", audio: { input: { turn_detection: null } } },
    });
    assert.ok(session.type === "transcription");
    assert.deepEqual(session, transcriptionAnswer.session);
    assert.ok(!("model" in session));
  });

  it("fit their schema, nulls, tools of MCP, flat tool choices and custom voices included", () => {
    const schema = { key: "ClientSecretResponse", path: "", schema: ClientSecretResponseSchema };
    assert.deepEqual(validateShape(fullAnswer, schema), []);
    assert.deepEqual(validateShape(transcriptionAnswer, schema), []);
  });

  it("come without a session from a server whose secrets hold no settings, such as xAI's", async () => {
    const wire = { value: "xai-realtime-client-secret-1", expires_at: EXPIRES_AT };
    server.answer(json(200, wire));
    assert.deepEqual(
      withoutToolCredentials(await createClientSecret(target("compatible"), {})),
      wire,
    );
  });

  it("are asked for with a lifetime of 10 to 7200 s, else not at all", async () => {
    for (const seconds of [9, 7201, 60.5, Number.NaN]) {
      await assert.rejects(
        createClientSecret(target(), { expires_after: { seconds } }),
        (error) =>
          error instanceof RealtimeError &&
          error.code === "invalid_settings" &&
          error.param === "expires_after.seconds",
        String(seconds),
      );
    }
    server.answer(json(200, fullAnswer));
    for (const seconds of [10, 7200])
      await createClientSecret(target(), { expires_after: { seconds } });
    assert.equal(server.requests.length, 2);
  });

  it("are not asked for with settings that would be refused, unless the server may know them", async () => {
    const session: object = { type: "realtime", instruction: "Be brief." };
    const request = { session } as ClientSecretRequest;
    await assert.rejects(createClientSecret(target(), request), {
      code: "invalid_settings",
      param: "session.instruction",
      message: "session.instruction is not known. Did you mean session.instructions?",
    });
    assert.equal(server.requests.length, 0);
    server.answer(json(200, fullAnswer));
    await createClientSecret(target("compatible"), request);
    assert.deepEqual(server.requests[0]?.body, request);
  });

  const useless: [title: string, body: string][] = [
    ["no JSON", '{"value": "ek_SECRET"'],
    ["no object", '"ek_SECRET"'],
    ["nothing", ""],
    ["no secret", JSON.stringify({ ...fullAnswer, value: undefined })],
    ["no expiry", JSON.stringify({ value: "ek_SECRET", session: {} })],
    ["the old form", JSON.stringify({ client_secret: { value: "ek_SECRET", expires_at: 1 } })],
  ];
  for (const [title, body] of useless) {
    it(`fail where the answer is of no use, and do not show it: ${title}`, async () => {
      server.answer((response) => response.end(body));
      await assert.rejects(createClientSecret(target(), {}), (error) => {
        assert.ok(error instanceof RestError);
        assert.equal(error.code, "bad_answer");
        assert.doesNotMatch(`${error.stack} ${String(error.cause)}`, /SECRET/);
        return true;
      });
    });
  }

  it("are given away without the credentials of MCP servers that the answer may echo", () => {
    const text = JSON.stringify(withoutToolCredentials(fullAnswer));
    assert.doesNotMatch(text, /mcp-secret/);
    const original = JSON.stringify(fullAnswer);
    assert.equal(
      text,
      original.replace("mcp-secret-a", "***").replace("mcp-secret-b", "***"),
      "nothing else changes",
    );
    assert.match(original, /mcp-secret-a/);
    assert.deepEqual(withoutToolCredentials(transcriptionAnswer), transcriptionAnswer);
  });

  for (const [title, session] of [
    ["names no type of the session", { type: undefined }],
    ["names no type of its tools", { tools: [{ authorization: "mcp-secret" }] }],
    ["writes a null among its tools", { tools: [null, { type: "mcp", headers: "mcp-secret" }] }],
  ] as const) {
    it(`are given away without those of a server that ${title}`, async () => {
      server.answer(json(200, { ...fullAnswer, session: { ...fullAnswer.session, ...session } }));
      const text = JSON.stringify(withoutToolCredentials(await createClientSecret(target(), {})));
      assert.doesNotMatch(text, /mcp-secret/);
    });
  }

  it("are made for translations too, at an address of their own", async () => {
    const answer: TranslationSecretResponse = {
      value: "ek_translation",
      expires_at: 1_790_000_600,
      session: {
        id: "sess_t",
        type: "translation",
        model: "gpt-realtime-translate",
        expires_at: 0,
        audio: {
          input: { transcription: null, noise_reduction: null },
          output: { language: "es" },
        },
      },
    };
    server.answer(json(200, answer));
    const session = { model: "gpt-realtime-translate", audio: { output: { language: "es" } } };
    assert.deepEqual(
      await createTranslationSecret(target(), { expires_after: { seconds: 60 }, session }),
      answer,
    );
    assert.equal(server.requests[0]?.path, "/v1/realtime/translations/client_secrets");
    assert.deepEqual(server.requests[0].body, { expires_after: { seconds: 60 }, session });
    const empty: object = {};
    await assert.rejects(createTranslationSecret(target(), { session: empty } as never), {
      code: "invalid_settings",
      param: "session.model",
    });
  });
});

// What follows is compared by the compiler (`npm run typecheck`).

type Fits<A, B> = [A] extends [B] ? true : false;
type Assert<T extends true> = T;
type Ours = Extract<RealtimeSessionCreateResponse, { type: "realtime" }>;
type OurTranscription = Extract<RealtimeSessionCreateResponse, { type: "transcription" }>;

/** The members of the session in a client secret's answer, as the protocol documents them. */
type SeedMember =
  | "id"
  | "object"
  | "type"
  | "model"
  | "expires_at"
  | "audio"
  | "output_modalities"
  | "instructions"
  | "tools"
  | "tool_choice"
  | "max_output_tokens"
  | "parallel_tool_calls"
  | "reasoning"
  | "tracing"
  | "truncation"
  | "include"
  | "prompt";

/** Whose type theirs writes otherwise: null where the server sends it, a function's schema as a record. */
type ByItself = "include" | "audio" | "tools";

export type Conformance = [
  Assert<Fits<SeedMember, keyof Ours>>,
  Assert<Fits<keyof Ours, SeedMember>>,
  Assert<Fits<keyof Theirs, keyof Ours>>,
  Assert<Fits<Omit<Theirs, ByItself>, Omit<Ours, ByItself>>>,
  Assert<Fits<Omit<Ours, ByItself | "parallel_tool_calls">, Omit<Theirs, ByItself>>>,
  Assert<Fits<Theirs["include"], Ours["include"]>>,
  Assert<Fits<Theirs["audio"], Ours["audio"]>>,
  Assert<Fits<null, Ours["include"]>>,
  Assert<Fits<keyof TheirTranscription, keyof OurTranscription>>,
  Assert<Fits<Theirs["id"], ClientSecretResponse["value"]>>,
  Assert<
    Fits<
      RealtimeTranslationClientSecretCreateResponse["session"],
      TranslationSecretResponse["session"]
    >
  >,
];
