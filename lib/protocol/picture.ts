import { types } from "node:util";
import { RealtimeError } from "./errors";
import type { UserMessageItem } from "./items";

type UserContent = UserMessageItem["content"][number];

/** Bytes of a picture at most: a photo of a telephone, and a frame that no server finds too long. */
export const PICTURE_LIMIT = 10 * 1024 * 1024;

const TYPES = [
  { type: "image/png", start: [0x89, 0x50, 0x4e, 0x47] },
  { type: "image/jpeg", start: [0xff, 0xd8, 0xff] },
] as const;

const DATA_URI = /^data:image\/(?:png|jpeg);base64,/;

/**
 * The part of a user's message that shows a picture. `picture`: the bytes of a PNG or JPEG file, or
 * such a file as a data: URI.
 *
 * @throws RealtimeError `invalid_picture`, `picture_too_large`.
 */
export function inputImage(picture: unknown, detail?: UserContent["detail"]): UserContent {
  const image_url = dataUriOf(picture);
  return { type: "input_image", image_url, ...(detail === undefined ? {} : { detail }) };
}

function dataUriOf(picture: unknown): string {
  // Not by `instanceof`: what a function node makes is of the classes of its own context.
  if (types.isUint8Array(picture)) {
    checkSize(picture.length);
    const found = TYPES.find(({ start }) => start.every((byte, index) => picture[index] === byte));
    if (found === undefined) throw noPicture();
    const bytes = Buffer.from(picture.buffer, picture.byteOffset, picture.byteLength);
    return `data:${found.type};base64,${bytes.toString("base64")}`;
  }
  if (typeof picture !== "string") throw noPicture();
  const text = picture.trim();
  const [start] = DATA_URI.exec(text) ?? [];
  if (start === undefined) throw noPicture();
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  checkSize(((text.length - start.length) * 3) / 4 - padding);
  return text;
}

function checkSize(bytes: number): void {
  if (bytes <= PICTURE_LIMIT) return;
  const [size, limit] = [bytes, PICTURE_LIMIT].map((each) => (each / 1024 / 1024).toFixed(1));
  throw new RealtimeError(
    "picture_too_large",
    `The picture has ${size} MiB; at most ${limit} MiB can be sent. Make it smaller first`,
  );
}

function noPicture(): RealtimeError {
  return new RealtimeError(
    "invalid_picture",
    "The picture must be the bytes of a PNG or JPEG file (a Buffer), or such a file as a data: URI",
  );
}
