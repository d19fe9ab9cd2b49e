import { once } from "node:events";
import WebSocket from "ws";
import type { BenchEvent } from "../tally";
import type { Connect } from "./client";

/** `ws` and JSON.parse, and nothing else: what all others are measured against. */
export const connect: Connect = async (url, name, onEvent) => {
  const socket = new WebSocket(`${url}?model=${name}`, { perMessageDeflate: false });
  socket.on("message", (data: Buffer) => {
    onEvent(JSON.parse(data.toString()) as BenchEvent);
  });
  await once(socket, "open");
  let count = 0;
  return {
    append: (audio) => {
      count += 1;
      socket.send(
        JSON.stringify({ event_id: `evt_bare_${count}`, type: "input_audio_buffer.append", audio }),
      );
    },
    close: () => socket.terminate(),
  };
};
