/**
 * The webhook of an incoming phone call, in the shape that is documented
 * (https://platform.openai.com/docs/api-reference/webhook-events/realtime/call/incoming).
 */
export const incomingCall = {
  object: "event",
  id: "evt_685343a1381c819085d44c354e1b330e",
  type: "realtime.call.incoming",
  created_at: 1_763_712_000,
  data: {
    call_id: "rtc_479a275623b54bdb9b6fbae2f7cbd408",
    sip_headers: [
      { name: "From", value: "sip:+142555512112@sip.example.com" },
      { name: "To", value: "sip:+18005551212@sip.example.com" },
      { name: "Call-ID", value: "03782086-4ce9-44bf-8b0d-4e303d2cc590" },
    ],
  },
};
