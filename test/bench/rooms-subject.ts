/**
 * Microphones of many rooms in one process: through the audio-in node of a Node-RED, or what is left
 * when all but the sending is taken away. The first argument says which.
 */
import WebSocket from "ws";
import { once } from "node:events";
import { startNodeRed } from "./bench-node-red";
import { paced, pause } from "./pace";
import { flowOf, keyOf, MESSAGES_PER_SECOND } from "./rooms-flow";
import { answer } from "./answer";

const MESSAGE_BYTES = (16_000 * 2) / MESSAGES_PER_SECOND;

/** A second that is no silence. */
const SOUND = Buffer.alloc(MESSAGE_BYTES * MESSAGES_PER_SECOND);
for (let at = 0; at < SOUND.length; at += 2)
  SOUND.writeInt16LE(Math.round(9000 * Math.sin(at / 31) * Math.sin(at / 1999)), at);

type Hear = (room: number, payload: Buffer) => void;

async function canvas(url: string, rooms: number): Promise<{ hear: Hear; open: OpenRoom }> {
  const { nodes } = await startNodeRed(flowOf(url, rooms), {});
  const source = nodes.getNode("source");
  const connect = nodes.getNode("connect");
  if (source === null || connect === null) throw new Error("the flow has not started");
  return {
    hear: (room, payload) => source.send({ payload, realtime: { session: keyOf(room) } }),
    open: async (room) =>
      connect.receive({ action: "connect", realtime: { session: keyOf(room) } }),
  };
}

type OpenRoom = (room: number) => Promise<void>;

/** 20 ms at 24 kHz, sent as they are: nothing is decoded, resampled or routed. */
function bare(url: string): { hear: Hear; open: OpenRoom } {
  const sockets: WebSocket[] = [];
  const frame = Buffer.alloc(960, 7);
  let count = 0;
  return {
    hear: (room) => {
      count += 1;
      const audio = frame.toString("base64");
      sockets[room]?.send(
        JSON.stringify({ type: "input_audio_buffer.append", event_id: `evt_${count}`, audio }),
      );
    },
    open: async (room) => {
      const socket = new WebSocket(url, { perMessageDeflate: false });
      sockets[room] = socket;
      await once(socket, "open");
    },
  };
}

let hear: Hear = () => undefined;
let open: OpenRoom = async () => undefined;

const commands = {
  start: async ({ url, rooms }: { url: string; rooms: number }): Promise<void> => {
    ({ hear, open } = process.argv[2] === "bare" ? bare(url) : await canvas(url, rooms));
  },

  /** Connects the session of a room. */
  open: (room: number): Promise<void> => open(room),

  /**
   * Hears all rooms at the pace of speech. `start`: when the first message was due on the shared
   * clock; `cpu`: user and system time of the process, in µs.
   */
  speak: async ({ rooms, seconds }: { rooms: number; seconds: number }) => {
    const rate = rooms * MESSAGES_PER_SECOND;
    let start = 0;
    const before = process.cpuUsage();
    await paced(rate * seconds, rate, (step, due) => {
      if (step === 0) start = due;
      const at = (Math.floor(step / rooms) % MESSAGES_PER_SECOND) * MESSAGE_BYTES;
      hear(step % rooms, SOUND.subarray(at, at + MESSAGE_BYTES));
    });
    // What the last messages set going belongs to it too.
    await pause(20);
    const { user, system } = process.cpuUsage(before);
    return { start, cpu: user + system, messages: rate * seconds };
  },
};

export type RoomsSubject = typeof commands;

answer(commands);
