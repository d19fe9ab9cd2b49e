import { randomBytes } from "node:crypto";

/** Gives so many random bytes. */
export type RandomSource = (size: number) => Uint8Array;

/** Makes an id of the given kind, such as `item_` followed by 21 letters and digits. */
export type CreateId = (
  prefix: "conv_" | "call_" | "event_" | "item_" | "resp_" | "sess_",
) => string;

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/** As long as OpenAI's; with the longest prefix 27 characters, below the 32 of an item id. */
const LENGTH = 21;

export const systemRandom: RandomSource = (size) => randomBytes(size);

/** Ids of 21 letters and digits; some 120 bits, so that they never meet. */
export function idsFrom(random: RandomSource): CreateId {
  return (prefix) => {
    let id: string = prefix;
    for (const byte of random(LENGTH)) id += ALPHABET.charAt(byte % ALPHABET.length);
    return id;
  };
}
