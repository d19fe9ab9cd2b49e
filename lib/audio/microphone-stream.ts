import { AudioInputError } from "./audio-input-error";
import { AudioPayloadReader, type AudioInput } from "./audio-payload";
import { LevelMeter } from "./level-meter";
import { otherFileKind } from "./other-file";
import { bytesToMilliseconds, type AudioEncoding } from "./pcm";
import { SampleDecoder } from "./sample-decoder";
import { mixDown, type SampleFormat } from "./sample-format";
import { findWavSamples, IncompleteWavError, isWav } from "./wav";
import { WireEncoder } from "./wire-encoder";

/** What a microphone gives, and what it is to become; all of it is needed. */
export interface MicrophoneStreamOptions {
  /** What comes in its messages. */
  readonly input: AudioInput;
  /** Of raw samples; arrays of numbers have its rate and channels. A WAV file has its own. */
  readonly format: SampleFormat;
  /** Length of the frames that go out, in ms. */
  readonly frameMs: number;
}

/** A WAV file that a recorder still writes into a pipe. */
interface OpenFile {
  readonly decoder: SampleDecoder;
  /** Bytes of samples that are still to come. */
  remaining: number;
  /** Bytes behind the samples that are still to come, as far as the file says: tags, no sound. */
  behind: number;
}

/** Decoded audio, and the same as it came where that is what the wire wants. */
interface Piece {
  readonly samples: Float32Array;
  readonly sampleRate: number;
  readonly encoded?: Uint8Array;
}

/** Where in a WAV file its size ends, which counts from there. */
const SIZE_END = 8;

/** The header of a WAV file that comes in pieces is not longer than this, in bytes. */
const LONGEST_HEADER = 64 * 1024;

/** What real devices have, Hz. */
const LOWEST_RATE = 4_000;
const HIGHEST_RATE = 192_000;
const MOST_CHANNELS = 32;

const WIRE_OF: Partial<Record<SampleFormat["encoding"], AudioEncoding>> = {
  mulaw: "audio/pcmu",
  alaw: "audio/pcma",
};

/**
 * One microphone: takes its messages, chunks of any size in any supported form, and gives frames of
 * one length in the format of a session. What it gives does not depend on how the audio was cut.
 */
export class MicrophoneStream {
  readonly #options: MicrophoneStreamOptions;
  readonly #reader: AudioPayloadReader;
  readonly #level = new LevelMeter();
  #decoder: SampleDecoder;
  #encoder: WireEncoder;
  #file: OpenFile | undefined;
  /** The beginning of a WAV file, without its samples yet. */
  #header: Uint8Array | undefined;
  /** Samples have come that are in no file. */
  #hasRaw = false;

  constructor(options: MicrophoneStreamOptions) {
    this.#options = options;
    this.#reader = new AudioPayloadReader(options.input, options.format.encoding);
    this.#decoder = new SampleDecoder(options.format);
    this.#encoder = new WireEncoder("audio/pcm", options.frameMs);
  }

  /** The format that the session wants. What was not given out yet in another one is lost. */
  setEncoding(encoding: AudioEncoding): void {
    if (encoding !== this.#encoder.encoding)
      this.#encoder = new WireEncoder(encoding, this.#options.frameMs);
  }

  /**
   * The frames that this message completes, oldest first.
   *
   * @throws AudioInputError
   */
  push(payload: unknown): Buffer[] {
    for (const piece of this.#read(payload)) this.#encode(piece);
    return this.#encoder.takeFrames();
  }

  /** Takes a message that nobody is to hear: only its place in the stream counts. */
  skip(payload: unknown): void {
    this.#read(payload);
    this.#encoder.reset();
  }

  /** As `skip`, but the frames of a silence that lasts as long come instead. */
  silence(payload: unknown): Buffer[] {
    for (const { samples, sampleRate } of this.#read(payload))
      this.#encode({ samples: new Float32Array(samples.length), sampleRate });
    return this.#encoder.takeFrames();
  }

  /** What is left of a turn. The stream may go on: its place in it is kept. */
  flush(): Buffer[] {
    const frames = this.#encoder.flush();
    this.#encoder.reset();
    return frames;
  }

  /** The next message begins a new stream. */
  restart(): void {
    this.#encoder.reset();
    this.#reader.restart();
    this.#decoder = new SampleDecoder(this.#options.format);
    this.#file = undefined;
    this.#header = undefined;
    this.#hasRaw = false;
  }

  /** How long a frame lasts, in ms. */
  millisecondsOf(frame: Buffer): number {
    return bytesToMilliseconds(this.#encoder.encoding, frame.length);
  }

  /** Mean level since the last time, in dB of full scale. */
  takeLevel(): number {
    return this.#level.take();
  }

  #read(payload: unknown): Piece[] {
    const isInFile = this.#file !== undefined || this.#header !== undefined;
    const content = this.#reader.read(payload, isInFile);
    const { channels, sampleRate } = this.#options.format;
    const pieces =
      content.kind === "samples"
        ? [{ samples: mixDown(content.samples, channels), sampleRate }]
        : this.#decode(content.bytes);
    for (const { samples } of pieces) this.#level.add(samples);
    return pieces;
  }

  #encode({ samples, sampleRate, encoded }: Piece): void {
    try {
      if (encoded === undefined) this.#encoder.add(samples, sampleRate);
      else this.#encoder.addEncoded(encoded);
    } catch (error) {
      // A rate that shares nothing with ours would need a filter of many megabytes.
      if (error instanceof RangeError) throw new AudioInputError("wrong_rate", error.message);
      throw error;
    }
  }

  #decode(bytes: Uint8Array): Piece[] {
    const { input } = this.#options;
    if (input === "raw") return [this.#piece(this.#decoder, bytes)];
    const header = this.#header;
    this.#header = undefined;
    if (isWav(bytes)) return this.#beginFile(bytes);
    if (header !== undefined) return this.#beginFile(Buffer.concat([header, bytes]));
    const file = this.#file;
    if (file !== undefined) return this.#continueFile(file, bytes);
    const other = this.#hasRaw ? undefined : otherFileKind(bytes);
    if (other !== undefined) {
      this.#reader.restart();
      throw new AudioInputError(
        "unsupported_file",
        `The audio is a file of the kind ${other}: raw samples or a WAV file are needed`,
      );
    }
    if (input === "wav")
      throw new AudioInputError("not_wav", "The audio must be a WAV file (RIFF WAVE)");
    this.#hasRaw ||= bytes.length > 0;
    return [this.#piece(this.#decoder, bytes)];
  }

  #beginFile(bytes: Uint8Array): Piece[] {
    this.#file = undefined;
    const layout = layoutOf(bytes);
    if (layout === undefined) {
      if (bytes.length > LONGEST_HEADER)
        throw new AudioInputError("unsupported_wav", "WAV: the file has no data chunk");
      this.#header = Uint8Array.from(bytes);
      return [];
    }
    const { format, offset, size } = layout;
    const decoder = new SampleDecoder(format);
    const behind = Math.max(0, lengthOf(bytes) - offset - size);
    this.#file = { decoder, remaining: size, behind };
    return this.#continueFile(this.#file, bytes.subarray(offset));
  }

  #continueFile(file: OpenFile, bytes: Uint8Array): Piece[] {
    const data = bytes.subarray(0, file.remaining);
    file.remaining -= data.length;
    file.behind -= bytes.length - data.length;
    if (file.remaining === 0 && file.behind <= 0) this.#file = undefined;
    return [this.#piece(file.decoder, data)];
  }

  #piece(decoder: SampleDecoder, bytes: Uint8Array): Piece {
    const { encoding, sampleRate, channels } = decoder.format;
    const samples = decoder.decode(bytes);
    const isWire = WIRE_OF[encoding] === this.#encoder.encoding;
    return isWire && sampleRate === 8000 && channels === 1
      ? { samples, sampleRate, encoded: bytes }
      : { samples, sampleRate };
  }
}

/** Undefined where the samples are still to come. */
function layoutOf(bytes: Uint8Array): ReturnType<typeof findWavSamples> | undefined {
  try {
    const layout = findWavSamples(bytes);
    const { sampleRate, channels } = layout.format;
    if (sampleRate < LOWEST_RATE || sampleRate > HIGHEST_RATE || channels > MOST_CHANNELS) {
      throw new Error(
        `WAV: ${sampleRate} Hz and ${channels} channels are not supported; ` +
          `${LOWEST_RATE} to ${HIGHEST_RATE} Hz and ${MOST_CHANNELS} channels are`,
      );
    }
    return layout;
  } catch (error) {
    if (error instanceof IncompleteWavError && goesOn(bytes)) return undefined;
    const message = error instanceof Error ? error.message : String(error);
    throw new AudioInputError("unsupported_wav", message);
  }
}

/** Whether the file says that it has more bytes, or, by a size of 0, nothing. */
function goesOn(bytes: Uint8Array): boolean {
  const length = lengthOf(bytes);
  return length > bytes.length || length === SIZE_END;
}

/** How long the file says that it is, in bytes. */
function lengthOf(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.getUint32(4, true) + SIZE_END;
}
