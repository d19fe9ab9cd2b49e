import { types } from "node:util";
import { AudioInputError } from "./audio-input-error";
import { bytesPerSample, decodeSamples, type SampleEncoding } from "./sample-format";
import { isWav } from "./wav";

/**
 * What comes in a message: `raw` bytes of a stream, where a text is such bytes read as UTF-8;
 * `base64` of such bytes; a whole `wav` file; or whichever of them it is (`auto`).
 */
export const AUDIO_INPUTS = ["auto", "raw", "base64", "wav"] as const;
/** One of `AUDIO_INPUTS`. */
export type AudioInput = (typeof AUDIO_INPUTS)[number];

/** Bytes to be decoded, or samples that were numbers already: -1 to 1, channels side by side. */
export type AudioContent =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "samples"; readonly samples: Float32Array };

/** A message larger than this is no piece of a stream, in bytes. */
const LARGEST = 32 * 1024 * 1024;

/** Base64 in the standard or the URL alphabet, in lines or in one. */
const BASE64 = /^[A-Za-z0-9+/_\r\n-]*={0,2}$/;
const DATA_URL = /^data:[^,]{0,200};base64,/;
/** "RIFF", "RF64" and "BW64" in base64. */
const WAV_IN_BASE64 = /^(?:UklGR|UkY2N|Qlc2N)/;

/**
 * A text of so many characters that are all in the base64 alphabet is no chunk of samples of 16 bits
 * or more: of the low bytes of sound, one in four is in it.
 */
const SURE_LENGTH = 64;

/**
 * Takes the audio out of messages of one stream. Core's exec node makes a string of each chunk that
 * happens to be valid UTF-8, digital silence first of all; so with `auto`, a text is base64 only
 * where it can be nothing else, and where that cannot be known it is refused.
 */
export class AudioPayloadReader {
  readonly #input: AudioInput;
  readonly #encoding: SampleEncoding;
  /** With `auto`: raw bytes have come, so texts are such bytes too. With `wav`: a file came as bytes. */
  #isRaw = false;

  /** `encoding`: of raw samples, and of plain arrays of numbers. */
  constructor(input: AudioInput, encoding: SampleEncoding) {
    this.#input = input;
    this.#encoding = encoding;
  }

  /** Another stream begins: what came before shows nothing of it. */
  restart(): void {
    this.#isRaw = false;
  }

  /**
   * @param isInFile a WAV file has begun, and goes on
   * @throws AudioInputError
   */
  read(payload: unknown, isInFile: boolean): AudioContent {
    if (typeof payload === "string") return this.#bounded(this.#textBytes(payload, isInFile));
    // Not by `instanceof`: what a function node makes is of the classes of its own context.
    if (types.isFloat32Array(payload)) return { kind: "samples", samples: payload.slice() };
    if (types.isFloat64Array(payload))
      return { kind: "samples", samples: Float32Array.from(payload) };
    if (types.isInt16Array(payload)) return scaled(payload, 2 ** 15);
    if (types.isInt32Array(payload)) return scaled(payload, 2 ** 31);
    if (types.isInt8Array(payload)) return scaled(payload, 2 ** 7);
    if (types.isAnyArrayBuffer(payload)) return this.#binary(new Uint8Array(payload));
    if (types.isUint8Array(payload) || types.isUint8ClampedArray(payload))
      return this.#binary(bytesOf(payload));
    if (types.isDataView(payload)) return this.#binary(bytesOf(payload));
    if (Array.isArray(payload)) return this.#numbers(payload);
    // What JSON makes of a Buffer.
    if (isBufferInJson(payload)) return this.#binary(this.#bytesIn(payload.data));
    // What it makes of a typed array: nothing tells any more which kind it was.
    if (isTypedArrayInJson(payload)) return this.#numbers(Object.values(payload));
    throw new AudioInputError(
      "wrong_type",
      "The audio must be a Buffer, a typed array, an array of numbers or a text, " +
        `not ${describe(payload)}`,
    );
  }

  #binary(bytes: Uint8Array): AudioContent {
    if (this.#input === "base64") return this.#bounded(fromBase64(asText(bytes)));
    // A raw stream goes on as texts where its bytes happen to be some.
    if (this.#input === "wav" || !isWav(bytes)) this.#isRaw = true;
    return this.#bounded(bytes);
  }

  #bounded(bytes: Uint8Array): AudioContent {
    if (bytes.length <= LARGEST) return { kind: "bytes", bytes };
    throw new AudioInputError(
      "too_large",
      `The audio of one message has ${bytes.length} bytes; ${LARGEST} are allowed`,
    );
  }

  #textBytes(text: string, isInFile: boolean): Uint8Array {
    switch (this.#input) {
      case "raw":
        return Buffer.from(text, "utf8");
      case "base64":
        return fromBase64(text.replace(DATA_URL, ""));
      case "wav":
        return this.#fileBytes(text, isInFile);
      case "auto":
        return this.#guessText(text);
    }
  }

  /** Of a file in base64, or of one that an exec node gives in pieces: texts where they can be. */
  #fileBytes(text: string, isInFile: boolean): Uint8Array {
    const isBegun = DATA_URL.test(text) || WAV_IN_BASE64.test(text);
    if (text.startsWith("RIFF")) this.#isRaw = true;
    else if (isBegun || !isInFile) this.#isRaw = false;
    return this.#isRaw ? Buffer.from(text, "utf8") : fromBase64(text.replace(DATA_URL, ""));
  }

  #guessText(text: string): Uint8Array {
    if (DATA_URL.test(text)) return fromBase64(text.replace(DATA_URL, ""));
    const isLong = text.length >= SURE_LENGTH;
    // No raw samples begin so, whatever came before.
    if (isLong && WAV_IN_BASE64.test(text) && isBase64(text)) return fromBase64(text);
    if (this.#isRaw) return Buffer.from(text, "utf8");
    if (!isBase64(text)) {
      this.#isRaw = true;
      return Buffer.from(text, "utf8");
    }
    if (bytesPerSample(this.#encoding) === 1 && text !== "") {
      throw new AudioInputError(
        "ambiguous_text",
        `This text may be base64 or samples of ${this.#encoding}: set what the input is to ` +
          '"raw" or "base64"',
      );
    }
    return isLong ? fromBase64(text) : Buffer.from(text, "utf8");
  }

  /** Floats from -1 to 1, or whole numbers of the width that raw samples have. */
  #numbers(values: readonly unknown[]): AudioContent {
    if (values.length > LARGEST)
      throw new AudioInputError("too_large", `An array may have ${LARGEST} numbers at most`);
    const numbers = new Float64Array(values.length);
    let isWhole = true;
    for (const [index, value] of values.entries()) {
      if (typeof value !== "number" || !Number.isFinite(value)) {
        throw new AudioInputError(
          "wrong_value",
          `An array of audio must hold finite numbers only; at [${index}] stands ${describe(value)}`,
        );
      }
      numbers[index] = value;
      isWhole &&= Number.isInteger(value);
    }
    if (this.#encoding === "u8" || this.#encoding === "mulaw" || this.#encoding === "alaw") {
      if (isWhole)
        return { kind: "samples", samples: decodeSamples(this.#encoding, this.#bytesIn(values)) };
    }
    const isFloat = !isWhole || this.#encoding.startsWith("f");
    const scale = isFloat ? 1 : 2 ** (8 * bytesPerSample(this.#encoding) - 1);
    const loudest = numbers.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    // A little louder than full happens to every converter; much louder is a mistake.
    if (loudest > scale * 2) {
      throw new AudioInputError(
        "wrong_value",
        `An array of audio must hold numbers from -${scale} to ${scale}; it holds ${loudest}`,
      );
    }
    return { kind: "samples", samples: Float32Array.from(numbers, (value) => value / scale) };
  }

  #bytesIn(values: readonly unknown[]): Uint8Array {
    const wrong = values.findIndex(
      (value) => typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > 255,
    );
    if (wrong < 0) return Uint8Array.from(values, Number);
    throw new AudioInputError(
      "wrong_value",
      `An array of bytes must hold whole numbers from 0 to 255; at [${wrong}] stands ` +
        describe(values[wrong]),
    );
  }
}

function scaled(values: Int8Array | Int16Array | Int32Array, scale: number): AudioContent {
  return { kind: "samples", samples: Float32Array.from(values, (value) => value / scale) };
}

function bytesOf({ buffer, byteOffset, byteLength }: NodeJS.ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function asText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** In time that grows with the length alone, whatever the text is. */
function isBase64(text: string): boolean {
  return BASE64.test(text.trimEnd());
}

function fromBase64(text: string): Uint8Array {
  // Node's decoder stops at a wrong character without a word.
  if (isBase64(text)) return Buffer.from(text, "base64");
  throw new AudioInputError(
    "not_base64",
    "The text is not base64: only A-Z, a-z, 0-9, +, / and = may stand in it",
  );
}

function isBufferInJson(
  payload: unknown,
): payload is { readonly type: "Buffer"; readonly data: readonly unknown[] } {
  return (
    typeof payload === "object" &&
    payload !== null &&
    Reflect.get(payload, "type") === "Buffer" &&
    Array.isArray(Reflect.get(payload, "data"))
  );
}

/** An object whose members are called 0, 1, 2 and so on; an object has such names first, in order. */
function isTypedArrayInJson(payload: unknown): payload is object {
  if (typeof payload !== "object" || payload === null || ArrayBuffer.isView(payload)) return false;
  const names = Object.keys(payload);
  return names.length > 0 && names[0] === "0" && names.at(-1) === String(names.length - 1);
}

/** The kind of a value: its content may be private. */
function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "number") return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  return Array.isArray(value) ? "an array" : "an object";
}
