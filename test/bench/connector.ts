import { join } from "node:path";
import type { Connect } from "./clients/client";

/** 20 ms of audio at 24 kHz, 16 bits: 960 bytes as base64. */
export const SPEECH = Buffer.alloc(960, 7).toString("base64");

/** How the client of this name connects; loads that client and no other. */
export function connectorOf(name: string): Connect {
  const { connect } = require(join(__dirname, "clients", name)) as { connect: Connect };
  return connect;
}
