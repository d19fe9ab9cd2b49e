/**
 * A Node-RED that hears, under measurement in a process of its own: a microphone in each room, the
 * built-in server, and a tool.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { startNodeRed } from "./bench-node-red";
import { answer } from "./answer";

/**
 * What is said, and where: `file` holds 16-bit samples at 16 kHz. It is read as it is spoken, as a
 * microphone is: held whole, it would be measured with what hears it.
 */
export interface Said {
  readonly room: string;
  readonly file: string;
}

/** What came of it. */
export interface Outcome {
  /** Arguments of the call; null when there was none. */
  readonly called: unknown;
  /** From the last sample of speech until the call is at the flow, ms. */
  readonly delayMs: number;
}

/** Members of the session's form: turns as the server has them, answers in text. */
const HEARING = {
  output: "text",
  turnDetection: "server_vad",
  threshold: "",
  prefixPadding: "",
  silenceDuration: "",
  idleTimeout: "",
  createResponse: "",
  interruptResponse: "",
};

const FRAME_MS = 40;
const FRAME_BYTES = (FRAME_MS * 16_000 * 2) / 1000;
/** Nobody waits longer for a call, ms. */
const PATIENCE_MS = 4_000;

let hear: (message: object) => void = () => undefined;
let called: (message: { payload: unknown; realtime: { session: string } }) => void = () =>
  undefined;
/** What each room's microphone has still to give: bytes of an open file; silence where there is none. */
const streams = new Map<
  string,
  { speech: { readonly file: number; bytes: number } | null; ended: (atMs: number) => void }
>();

const place = { z: "tab", x: 100, y: 100 };
const func = { type: "function", outputs: 1, timeout: 0, noerr: 0, finalize: "", libs: [] };

function flowOf(tool: object): readonly object[] {
  return [
    { id: "tab", type: "tab", label: "bench", disabled: false, info: "", env: [] },
    { id: "e", type: "openai-realtime-endpoint", kind: "built-in", headers: [] },
    { id: "s", type: "openai-realtime-session", endpoint: "e", model: "", ...HEARING },
    {
      ...place,
      ...func,
      id: "microphone",
      func: "return null;",
      initialize: 'global.get("microphone")((message) => node.send(message));',
      wires: [["in"]],
    },
    { ...place, id: "in", type: "openai-realtime-audio-in", session: "s", input: "raw" },
    {
      ...place,
      ...func,
      id: "opens",
      func: "return null;",
      initialize: 'global.get("door")((message) => node.send(message));',
      wires: [["connect"]],
    },
    {
      ...place,
      id: "connect",
      type: "openai-realtime-connect",
      session: "s",
      key: "",
      start: "demand",
      emit: "chosen",
      events: ["session.updated"],
      wires: [["ready"]],
    },
    {
      ...place,
      ...func,
      id: "ready",
      func: 'global.get("ready")(msg);\nreturn null;',
      initialize: "",
      wires: [[]],
    },
    {
      ...place,
      ...tool,
      id: "tool",
      type: "openai-realtime-tool",
      session: "s",
      wires: [["call"]],
    },
    {
      ...place,
      ...func,
      id: "call",
      func: 'global.get("called")(msg);\nmsg.payload = "ok";\nreturn msg;',
      initialize: "",
      wires: [["result"]],
    },
    { ...place, id: "result", type: "openai-realtime-tool-result", session: "s", respond: "none" },
  ];
}

let openDoor: (message: object) => void = () => undefined;
let isReady: (message: { realtime: { session: string } }) => void = () => undefined;

/** Sends a frame of each room's stream when it is due, at the pace of life. */
function stream(): void {
  const begin = performance.now();
  let frames = 0;
  setInterval(() => {
    while (performance.now() - begin >= (frames + 1) * FRAME_MS) {
      frames += 1;
      for (const [room, state] of streams) {
        const frame = Buffer.alloc(FRAME_BYTES);
        const { speech } = state;
        if (speech !== null) speech.bytes -= readSync(speech.file, frame);
        hear({ payload: frame, realtime: { session: room } });
        if (speech === null || speech.bytes > 0) continue;
        closeSync(speech.file);
        state.speech = null;
        state.ended(begin + frames * FRAME_MS);
      }
    }
  }, 5);
}

const commands = {
  /** Starts Node-RED and opens a session for each room. `tool`: members of a tool node. */
  start: async ({ rooms, tool }: { rooms: readonly string[]; tool: object }): Promise<void> => {
    await startNodeRed(flowOf(tool), {
      functionGlobalContext: {
        microphone: (send: typeof hear) => {
          hear = send;
        },
        door: (send: typeof openDoor) => {
          openDoor = send;
        },
        ready: (message: Parameters<typeof isReady>[0]) => isReady(message),
        called: (message: Parameters<typeof called>[0]) => called(message),
      },
    });
    for (const room of rooms) {
      const ready = new Promise<void>((done) => {
        isReady = ({ realtime }) => {
          if (realtime.session === room) done();
        };
      });
      openDoor({ action: "connect", realtime: { session: room } });
      await ready;
      streams.set(room, { speech: null, ended: () => undefined });
    }
    stream();
  },

  /** Says something in a room, while the others are silent. */
  say: async ({ room, file }: Said): Promise<Outcome> => {
    const state = streams.get(room);
    if (state === undefined) throw new Error(`no room ${room}`);
    const call = new Promise<{ payload: unknown; at: number }>((resolve) => {
      called = ({ payload, realtime }) => {
        if (realtime.session === room) resolve({ payload, at: performance.now() });
      };
    });
    const endedAt = new Promise<number>((resolve) => {
      state.ended = resolve;
    });
    const opened = openSync(file, "r");
    state.speech = { file: opened, bytes: fstatSync(opened).size };
    const ended = await endedAt;
    let patience: NodeJS.Timeout | undefined;
    const nothing = new Promise<null>((resolve) => {
      patience = setTimeout(() => resolve(null), PATIENCE_MS);
    });
    const heard = await Promise.race([call, nothing]);
    clearTimeout(patience);
    if (heard === null) return { called: null, delayMs: 0 };
    return { called: heard.payload, delayMs: heard.at - ended };
  },

  /** Resident memory of the whole process, bytes. */
  memory: (): number => process.memoryUsage().rss,
};

export type VoiceSubject = typeof commands;

answer(commands);
