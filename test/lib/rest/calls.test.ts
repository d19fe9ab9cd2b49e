import assert from "node:assert/strict";
import {
  acceptCall,
  hangUpCall,
  referCall,
  rejectCall,
  type RestTarget,
  type RealtimeSessionSettings,
} from "../../../lib/index";
import { empty, refusal, RestServer } from "../../support/rest-server";

describe("phone calls", () => {
  let server: RestServer;
  let target: RestTarget;

  beforeEach(async () => {
    server = await RestServer.start();
    server.answer(empty);
    target = { url: `${server.origin}/v1/realtime`, headers: {}, strictness: "openai" };
  });
  afterEach(() => server.close());

  const asked = (): [path: string | undefined, body: unknown] => {
    const request = server.requests.at(-1);
    return [request?.path, request?.body];
  };

  it("are accepted with the settings of a session", async () => {
    const settings: RealtimeSessionSettings = { type: "realtime", model: "gpt-realtime-2.1" };
    await acceptCall(target, "rtc_1", settings);
    assert.deepEqual(asked(), ["/v1/realtime/calls/rtc_1/accept", settings]);
  });

  it("are rejected as declined, or with another status", async () => {
    await rejectCall(target, "rtc_1");
    assert.deepEqual(asked(), ["/v1/realtime/calls/rtc_1/reject", { status_code: 603 }]);
    await rejectCall(target, "rtc_1", 486);
    assert.deepEqual(asked()[1], { status_code: 486 });
  });

  it("are handed over to a number or another line", async () => {
    for (const target_uri of ["tel:+14155550123", "sip:agent@example.com", "SIPS:a@example.com"]) {
      await referCall(target, "rtc_1", target_uri);
      assert.deepEqual(asked(), ["/v1/realtime/calls/rtc_1/refer", { target_uri }]);
    }
  });

  it("are hung up, without a body", async () => {
    await hangUpCall(target, "rtc_1");
    assert.deepEqual(asked(), ["/v1/realtime/calls/rtc_1/hangup", undefined]);
    assert.equal(server.requests[0]?.headers["content-type"], undefined);
  });

  it("fail with what the server says of them", async () => {
    server.answer(refusal(404, { code: "call_id_not_found" }));
    await assert.rejects(hangUpCall(target, "rtc_1"), {
      name: "RestError",
      code: "call_id_not_found",
      status: 404,
    });
  });

  it("are not asked for with what no server takes", async () => {
    const settings: object = { type: "realtime", voice: "marin" };
    const wrong: [() => Promise<void>, string][] = [
      [() => acceptCall(target, "rtc_1", settings as RealtimeSessionSettings), "invalid_settings"],
      [() => rejectCall(target, "rtc_1", 200), "bad_status_code"],
      [() => rejectCall(target, "rtc_1", 486.5), "bad_status_code"],
      [() => rejectCall(target, "rtc_1", 700), "bad_status_code"],
      [() => referCall(target, "rtc_1", "+14155550123"), "bad_target_uri"],
      [() => referCall(target, "rtc_1", "sip:a@example.com\r\nX: y"), "bad_target_uri"],
      [() => referCall(target, "rtc_1", "https://example.com"), "bad_target_uri"],
      [() => hangUpCall(target, ""), "bad_call_id"],
      // A message that does not name it.
      [() => hangUpCall(target, undefined as never), "bad_call_id"],
      [() => hangUpCall(target, "../client_secrets"), "bad_call_id"],
      [() => hangUpCall(target, "a?b"), "bad_call_id"],
      [() => hangUpCall(target, "x".repeat(201)), "bad_call_id"],
    ];
    for (const [call, code] of wrong) await assert.rejects(call, { code });
    assert.deepEqual(server.requests, []);
  });
});
