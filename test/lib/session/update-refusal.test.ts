import assert from "node:assert/strict";
import { updateRefusal, type SessionFacts } from "../../../lib/session/update-refusal";
import type { SettingsPatch } from "../../../lib/session/session-configuration";
import { eventId } from "../../support/memory-server";
import { makeReadySession, withCode } from "./ready-session";

const facts: SessionFacts = {
  type: "realtime",
  model: "gpt-realtime-2-2026-05-07",
  voice: "marin",
  tracing: null,
  hasSpoken: true,
};

const voice = (name: string | { id: string }): SettingsPatch => ({
  type: "realtime",
  audio: { output: { voice: name } },
});

const cases: [name: string, patch: SettingsPatch, known: Partial<SessionFacts>, refused?: string][] =
  [
    ["another type", { type: "transcription" }, {}, "invalid_value session.type"],
    ["another type of a dictation", { type: "realtime" }, { type: "transcription" }, "invalid_value session.type"],
    ["another model", { type: "realtime", model: "gpt-realtime" }, {}, "invalid_value session.model"],
    ["a model that is longer by chance", { type: "realtime", model: "gpt-realtime-" }, { model: "gpt-realtime-2" }, "invalid_value session.model"],
    ["the same model", { type: "realtime", model: "gpt-realtime-2-2026-05-07" }, {}],
    ["the model by its short name", { type: "realtime", model: "gpt-realtime-2" }, {}],
    ["a model where none is known", { type: "realtime", model: "x" }, { model: undefined }],
    ["another voice after audio", voice("cedar"), {}, "cannot_update_voice session.audio.output.voice"],
    ["a voice of one's own after audio", voice({ id: "voice_1" }), {}, "cannot_update_voice session.audio.output.voice"],
    ["the same voice after audio", voice("marin"), {}],
    ["another voice before audio", voice("cedar"), { hasSpoken: false }],
    ["a voice where none is known", voice("cedar"), { voice: undefined }],
    ["tracing for the first time", { type: "realtime", tracing: "auto" }, {}],
    ["tracing again", { type: "realtime", tracing: "auto" }, { tracing: "auto" }],
    ["tracing off", { type: "realtime", tracing: null }, { tracing: "auto" }, "invalid_value session.tracing"],
    ["tracing by another name", { type: "realtime", tracing: { workflow_name: "b" } }, { tracing: { workflow_name: "a" } }, "invalid_value session.tracing"],
    ["all else", { type: "realtime", instructions: "Be kind.", tools: [], max_output_tokens: 5 }, {}],
  ]; // prettier-ignore

describe("a change of settings that would be refused", () => {
  for (const [name, patch, known, expected] of cases) {
    it(`${name}: ${expected ?? "is not"}`, () => {
      const error = updateRefusal(patch, { ...facts, ...known }, "openai");
      assert.equal(error && `${error.code} ${error.param}`, expected);
      if (error !== undefined)
        assert.match(error.message, /^This update would be refused, because /);
    });
  }

  it("is left to servers that may have rules of their own, but for the type", () => {
    const refused = cases
      .filter(([, patch, known]) => updateRefusal(patch, { ...facts, ...known }, "compatible"))
      .map(([name]) => name);
    assert.deepEqual(refused, ["another type", "another type of a dictation"]);
  });

  const session = {
    type: "realtime",
    model: "gpt-realtime-2",
    tracing: null,
    audio: { output: { voice: "marin" } },
  };
  const spoken = {
    type: "response.content_part.added",
    event_id: "p",
    response_id: "r",
    item_id: "i",
    output_index: 0,
    content_index: 0,
    part: { type: "audio" },
  };

  const speaking = async () => {
    const made = await makeReadySession({ settings: { type: "realtime", max_output_tokens: 5 } });
    made.peer.send({ type: "session.updated", event_id: eventId(), session }, spoken);
    return made;
  };

  it("is not sent, and leaves the session and its settings as they were", async () => {
    const { session: live, peer } = await speaking();
    const before = live.settings;
    await assert.rejects(
      live.update({ audio: { output: { voice: "cedar" } } }),
      withCode("cannot_update_voice"),
    );
    await assert.rejects(live.update({ type: "transcription" }), withCode("invalid_value"));
    await assert.rejects(live.update({ instruction: "Be kind." }), (error: unknown) => {
      withCode("invalid_event")(error);
      assert.ok(error instanceof Error && "param" in error);
      assert.equal(error.param, "session.instruction");
      return true;
    });
    void live.update({ instructions: "Be kind." });
    // The first update that came is the one that may be.
    assert.deepEqual((await peer.next("session.update"))["session"], {
      type: "realtime",
      instructions: "Be kind.",
    });
    assert.deepEqual(live.settings, before);
  });

  it("can be sent all the same, by a sender that does not want it checked", async () => {
    const { session: live, peer } = await speaking();
    const patch = { audio: { output: { voice: "cedar" } } };
    void live.send({ type: "session.update", session: patch }, { strictness: "compatible" });
    assert.deepEqual((await peer.next("session.update"))["session"], {
      type: "realtime",
      ...patch,
    });
  });

  it("may be made again on a new connection, which has not spoken", async () => {
    const { session: live, server } = await speaking();
    await live.disconnect();
    const connected = live.connect();
    const peer = await server.greet();
    await peer.next("session.update");
    peer.send({ type: "session.updated", event_id: eventId(), session });
    await connected;
    void live.update({ audio: { output: { voice: "cedar" } } });
    assert.deepEqual((await peer.next("session.update"))["session"].audio, {
      output: { voice: "cedar" },
    });
  });
});
