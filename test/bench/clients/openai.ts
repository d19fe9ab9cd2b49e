import { connect as connectTcp } from "node:net";
import { once } from "node:events";
import OpenAI from "openai";
import { OpenAIRealtimeWS } from "openai/realtime/ws";
import type { Connect } from "./client";

/** OpenAI's own client. */
export const connect: Connect = async (url, name, onEvent) => {
  const { hostname, port, origin } = new URL(url.replace("ws:", "http:"));
  const client = new OpenAI({ apiKey: "none", baseURL: `${origin}/v1` });
  const realtime = new OpenAIRealtimeWS(
    {
      model: name,
      options: {
        // It insists on wss://; the bench has no TLS on either side.
        createConnection: () => connectTcp(Number(port), hostname),
      },
    },
    client,
  );
  realtime.on("event", onEvent);
  realtime.on("error", (error) => console.error(`${name}: ${error.message}`));
  await once(realtime.socket, "open");
  let count = 0;
  return {
    append: (audio) => {
      count += 1;
      realtime.send({ event_id: `evt_${count}`, type: "input_audio_buffer.append", audio });
    },
    close: () => realtime.close(),
  };
};
