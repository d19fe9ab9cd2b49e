import { RealtimeError } from "../protocol/errors";
import type { RealtimeSessionSettings } from "../protocol/session-settings";
import { validateSettings } from "../protocol/validate";
import { post, type RestOptions } from "./http";
import type { RestTarget } from "./target";

/** The SIP status that a caller gets where nothing else is said: "Decline". */
const DEFAULT_REJECTION = 603;

/**
 * Answers an incoming phone call with a session of these settings. The webhook
 * `realtime.call.incoming` tells its id, `rtc_...`. From then on a session can be opened beside it,
 * which gets its events.
 *
 * @throws RealtimeError as a rejection: `bad_call_id`, `invalid_settings` before anything is sent;
 *   else `RestError`.
 */
export async function acceptCall(
  endpoint: RestTarget,
  callId: string,
  settings: RealtimeSessionSettings,
  options?: RestOptions,
): Promise<void> {
  const [problem] = validateSettings(settings, endpoint.strictness);
  if (problem !== undefined)
    throw new RealtimeError("invalid_settings", problem.message, { param: problem.path });
  await post(endpoint, pathOf(callId, "accept"), settings, options);
}

/**
 * Declines an incoming call.
 *
 * @param statusCode the SIP status that the caller gets: 486 for busy, 603 for declined
 * @throws RealtimeError as a rejection: `bad_call_id`, `bad_status_code`; else as `acceptCall`.
 */
export async function rejectCall(
  endpoint: RestTarget,
  callId: string,
  statusCode: number = DEFAULT_REJECTION,
  options?: RestOptions,
): Promise<void> {
  if (!Number.isInteger(statusCode) || statusCode < 400 || statusCode > 699) {
    throw new RealtimeError(
      "bad_status_code",
      "The status of a rejected call must be a SIP status from 400 to 699, such as 486 or 603",
      { param: "status_code" },
    );
  }
  await post(endpoint, pathOf(callId, "reject"), { status_code: statusCode }, options);
}

/**
 * Hands a call over to another line.
 *
 * @param targetUri `tel:+14155550123` or `sip:agent@example.com`
 * @throws RealtimeError as a rejection: `bad_call_id`, `bad_target_uri`; else as `acceptCall`.
 */
export async function referCall(
  endpoint: RestTarget,
  callId: string,
  targetUri: string,
  options?: RestOptions,
): Promise<void> {
  if (!/^(?:tel|sips?):[^\s\p{Cc}]{1,1024}$/iu.test(targetUri)) {
    throw new RealtimeError(
      "bad_target_uri",
      "A call is handed over to an address that begins with tel: or sip:",
      { param: "target_uri" },
    );
  }
  await post(endpoint, pathOf(callId, "refer"), { target_uri: targetUri }, options);
}

/**
 * Ends a call.
 *
 * @throws RealtimeError as a rejection: `bad_call_id`; else as `acceptCall`.
 */
export async function hangUpCall(
  endpoint: RestTarget,
  callId: string,
  options?: RestOptions,
): Promise<void> {
  await post(endpoint, pathOf(callId, "hangup"), undefined, options);
}

/** The id comes from a message: it must stay one segment of the path. */
function pathOf(callId: string, action: string): string {
  if (typeof callId === "string" && /^[\w-]{1,200}$/.test(callId))
    return `/calls/${callId}/${action}`;
  throw new RealtimeError(
    "bad_call_id",
    "The id of a call is a text of letters, digits, _ and -, such as rtc_...",
    { param: "call_id" },
  );
}
