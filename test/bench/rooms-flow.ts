/** A message holds 20 ms of 16 bits at 16 kHz, as it comes from a satellite. */
export const MESSAGES_PER_SECOND = 50;
/** The key of a room's session. */
export const keyOf = (room: number): string => `room ${room}`;

/** A flow in which all rooms are heard by one audio-in node, from the node "source" on. */
export function flowOf(url: string, rooms: number): readonly object[] {
  const place = { z: "tab", x: 100, y: 100 };
  const session = "session";
  return [
    { id: "tab", type: "tab", label: "bench", disabled: false, info: "", env: [] },
    { id: "endpoint", type: "openai-realtime-endpoint", kind: "compatible", url, dialect: "ga" },
    {
      id: session,
      type: "openai-realtime-session",
      endpoint: "endpoint",
      model: "",
      maxSessions: String(rooms),
    },
    { ...place, id: "source", type: "link in", name: "", links: [], wires: [["ear"]] },
    {
      ...place,
      id: "ear",
      type: "openai-realtime-audio-in",
      session,
      key: "",
      input: "raw",
      encoding: "s16le",
      rate: "16000",
      channels: "1",
      frame: "20",
      talk: "server",
      respond: true,
      gate: "mute",
      tail: "300",
    },
    {
      ...place,
      id: "connect",
      type: "openai-realtime-connect",
      session,
      key: "",
      start: "demand",
      emit: "no-audio",
      events: [],
      echo: false,
      wires: [[]],
    },
  ];
}
