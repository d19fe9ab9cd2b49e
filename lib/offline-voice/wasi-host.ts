/**
 * Runs a WASI command with one file in memory. Node's own node:wasi would print an experimental warning
 * into the user's log and need a real folder for the program's output.
 */

import type { AddressRange, WasmProgram } from "./wasm-program";

const ERRNO_SUCCESS = 0;
const ERRNO_BADF = 8;
const ERRNO_INVAL = 28;
const ERRNO_NOENT = 44;

const FILETYPE_DIRECTORY = 3;
const FILETYPE_REGULAR = 4;
const CHARACTER_DEVICE = 2;

/** Descriptors 0 to 2 are the standard streams; the next is the folder that holds the file. */
const FOLDER = 3;
const FILE = 4;
const FOLDER_NAME = "/out";

/** The path of the one file, for the program's arguments. */
export const OUTPUT_PATH = `${FOLDER_NAME}/file`;

/** The most that a program may write, bytes: some 15 minutes of 16 kHz speech. */
const MAXIMUM_FILE_BYTES = 32 * 1024 * 1024;

class Exit extends Error {
  constructor(readonly code: number) {
    super(`the program ended with code ${code}`);
  }
}

/** The file that a program writes. It can be used again, as its memory is not given back at once. */
export class MemoryFile {
  #bytes = new Uint8Array(256 * 1024);
  #length = 0;
  #position = 0;

  /** The file's own bytes: the next run writes over them. */
  get content(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  empty(): void {
    this.#length = 0;
    this.#position = 0;
  }

  write(data: Uint8Array): void {
    const end = this.#position + data.length;
    if (end > MAXIMUM_FILE_BYTES) throw new RangeError("the program's output is too long");
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.min(MAXIMUM_FILE_BYTES, end * 2));
      larger.set(this.content);
      this.#bytes = larger;
    }
    // What was skipped is zero, whatever a run before this one wrote there.
    if (this.#position > this.#length) this.#bytes.fill(0, this.#length, this.#position);
    this.#bytes.set(data, this.#position);
    this.#position = end;
    this.#length = Math.max(this.#length, end);
  }

  /** `whence` as in WASI: 0 from the start, 1 from here, 2 from the end. Undefined when out of range. */
  seek(offset: number, whence: number): number | undefined {
    const base = whence === 0 ? 0 : whence === 1 ? this.#position : this.#length;
    const position = base + offset;
    if (position < 0 || position > MAXIMUM_FILE_BYTES) return undefined;
    this.#position = position;
    return position;
  }
}

/**
 * Runs a compiled WASI preview 1 command; `file` then has what it wrote to OUTPUT_PATH. What it writes to
 * the standard streams is discarded. `unused`: data that it does not look at, as of `instantiate`. Throws
 * when it ends with another code than 0.
 */
export function runWasi(
  program: WasmProgram,
  args: readonly string[],
  file: MemoryFile,
  unused: readonly AddressRange[] = [],
): void {
  file.empty();
  const encodedArgs = args.map((argument) => Buffer.from(`${argument.replaceAll("\0", " ")}\0`));
  // The buffer changes whenever the program's memory grows, so it is looked up in each call.
  const view = (): DataView => new DataView(program.buffer);
  const bytes = (address: number, length: number): Uint8Array =>
    new Uint8Array(program.buffer, address, length);

  const wasi: Record<string, (...parameters: never[]) => number> = {
    args_sizes_get(countAddress: number, sizeAddress: number): number {
      view().setUint32(countAddress, encodedArgs.length, true);
      view().setUint32(sizeAddress, Buffer.concat(encodedArgs).length, true);
      return ERRNO_SUCCESS;
    },
    args_get(pointers: number, strings: number): number {
      let address = strings;
      encodedArgs.forEach((argument, index) => {
        view().setUint32(pointers + index * 4, address, true);
        bytes(address, argument.length).set(argument);
        address += argument.length;
      });
      return ERRNO_SUCCESS;
    },
    // The program seeds nothing that is heard from the clock; a fixed time keeps its output the same.
    clock_time_get(_clock: number, _precision: bigint, address: number): number {
      view().setBigUint64(address, 0n, true);
      return ERRNO_SUCCESS;
    },
    fd_prestat_get(descriptor: number, address: number): number {
      if (descriptor !== FOLDER) return ERRNO_BADF;
      view().setUint32(address, 0, true);
      view().setUint32(address + 4, FOLDER_NAME.length, true);
      return ERRNO_SUCCESS;
    },
    fd_prestat_dir_name(descriptor: number, address: number, length: number): number {
      if (descriptor !== FOLDER) return ERRNO_BADF;
      bytes(address, length).set(Buffer.from(FOLDER_NAME).subarray(0, length));
      return ERRNO_SUCCESS;
    },
    fd_fdstat_get(descriptor: number, address: number): number {
      if (descriptor > FILE) return ERRNO_BADF;
      const type =
        descriptor === FOLDER
          ? FILETYPE_DIRECTORY
          : descriptor === FILE
            ? FILETYPE_REGULAR
            : CHARACTER_DEVICE;
      bytes(address, 24).fill(0);
      view().setUint8(address, type);
      // All rights: the folder is the program's own.
      view().setBigUint64(address + 8, 0xffff_ffff_ffff_ffffn, true);
      view().setBigUint64(address + 16, 0xffff_ffff_ffff_ffffn, true);
      return ERRNO_SUCCESS;
    },
    fd_fdstat_set_flags: (): number => ERRNO_SUCCESS,
    path_open(
      folder: number,
      _lookupFlags: number,
      pathAddress: number,
      pathLength: number,
      _openFlags: number,
      _rights: bigint,
      _inheriting: bigint,
      _descriptorFlags: number,
      descriptorAddress: number,
    ): number {
      const path = Buffer.from(bytes(pathAddress, pathLength)).toString();
      if (folder !== FOLDER || `${FOLDER_NAME}/${path}` !== OUTPUT_PATH) return ERRNO_NOENT;
      view().setUint32(descriptorAddress, FILE, true);
      return ERRNO_SUCCESS;
    },
    fd_read(_descriptor: number, _vectors: number, _count: number, readAddress: number): number {
      view().setUint32(readAddress, 0, true);
      return ERRNO_SUCCESS;
    },
    fd_write(descriptor: number, vectors: number, count: number, writtenAddress: number): number {
      let written = 0;
      for (let index = 0; index < count; index++) {
        const address = view().getUint32(vectors + index * 8, true);
        const length = view().getUint32(vectors + index * 8 + 4, true);
        if (descriptor === FILE) file.write(bytes(address, length));
        written += length;
      }
      view().setUint32(writtenAddress, written, true);
      return ERRNO_SUCCESS;
    },
    fd_seek(descriptor: number, offset: bigint, whence: number, positionAddress: number): number {
      if (descriptor !== FILE) return ERRNO_BADF;
      const position = file.seek(Number(offset), whence);
      if (position === undefined) return ERRNO_INVAL;
      view().setBigUint64(positionAddress, BigInt(position), true);
      return ERRNO_SUCCESS;
    },
    fd_close: (): number => ERRNO_SUCCESS,
    proc_exit(code: number): number {
      throw new Exit(code);
    },
  };

  const { _start: start } = program.instantiate({ wasi_snapshot_preview1: wasi }, unused);
  if (typeof start !== "function") throw new Error("the program has no entry point");
  try {
    start();
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    if (error.code !== 0) throw new Error(error.message);
  }
}
