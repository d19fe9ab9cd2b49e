/**
 * A WebAssembly program whose data stay in its file until a run needs them.
 *
 * The bytes of a compiled module live as long as it does, and each of its instances brings a memory of
 * its own, which is garbage that the collector does not hurry to find. A speech engine with 17 MB of
 * voices and 4 MB of notes for its debugger took 70 MiB more so. Here only its code is compiled, 0.2 MB of
 * that engine, and all runs share one memory.
 *
 * The binary format is of the WebAssembly Core Specification 2.0, chapter 5.
 */
import { closeSync, openSync, readSync } from "node:fs";
import { basename } from "node:path";

// Neither the language's nor Node's types have WebAssembly; these are the parts that are used here.
declare namespace WebAssembly {
  interface Module {
    readonly compiled: true;
  }
  interface Memory {
    readonly buffer: ArrayBuffer;
  }
  const Memory: {
    new (limits: { readonly initial: number; readonly maximum?: number }): Memory;
  };
  interface Instance {
    readonly exports: Readonly<Record<string, unknown>>;
  }
  const Instance: {
    new (module: Module, imports: Readonly<Record<string, object>>): Instance;
  };
  function compile(bytes: Uint8Array): Promise<Module>;
}

/** Functions that a program calls, by module and name. */
type WasmImports = Readonly<
  Record<string, Readonly<Record<string, (...parameters: never[]) => number>>>
>;

const MAGIC_AND_VERSION = Buffer.from([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);

const CUSTOM_SECTION = 0;
const IMPORT_SECTION = 2;
const MEMORY_SECTION = 5;
const DATA_SECTION = 11;
const DATA_COUNT_SECTION = 12;

const MEMORY_KIND = 2;
const I32_CONST = 0x41;
const END = 0x0b;
const ACTIVE_IN_MEMORY_0 = 0;

/** What the memory is imported as. */
const MEMORY_MODULE = "host";
const MEMORY_NAME = "memory";

/** Data in the file, and where a program expects them in its memory, bytes. */
interface Segment {
  readonly position: number;
  readonly length: number;
  readonly address: number;
}

/** A part of a program's memory, in bytes; `end` is the first address behind it. */
export interface AddressRange {
  readonly start: number;
  readonly end: number;
}

/** What lies between such parts, which follow each other, in a memory of so many bytes. */
function between(parts: readonly AddressRange[], byteLength: number): AddressRange[] {
  const starts = [0, ...parts.map(({ end }) => end)];
  const ends = [...parts.map(({ start }) => start), byteLength];
  return starts.map((start, index) => ({ start, end: ends[index] ?? byteLength }));
}

/** Reads numbers and bytes of a file, one after another. */
class FileReader {
  readonly #file: number;
  position = 0;

  constructor(file: number) {
    this.#file = file;
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    readInto(this.#file, bytes, this.position);
    this.position += length;
    return bytes;
  }

  isAtEnd(): boolean {
    return readSync(this.#file, new Uint8Array(1), 0, 1, this.position) === 0;
  }

  byte(): number {
    return this.bytes(1)[0] ?? 0;
  }

  /** An integer of 32 bits in LEB128. */
  integer(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new Error("it has a number of more than 32 bits");
  }
}

function readInto(file: number, bytes: Uint8Array, position: number): void {
  let read = 0;
  while (read < bytes.length) {
    const count = readSync(file, bytes, read, bytes.length - read, position + read);
    if (count === 0) throw new Error("it ends too early");
    read += count;
  }
}

/** LEB128. */
function encodedInteger(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...encodedInteger(value >>> 7)];
}

function encodedName(name: string): number[] {
  return [...encodedInteger(name.length), ...Buffer.from(name)];
}

function segmentsOf(reader: FileReader): Segment[] {
  const count = reader.integer();
  return Array.from({ length: count }, () => {
    const isActive = reader.byte() === ACTIVE_IN_MEMORY_0;
    if (!isActive || reader.byte() !== I32_CONST) throw new Error("it places data by itself");
    // Signed in the file; below 2 GiB that is no difference.
    const address = reader.integer();
    if (reader.byte() !== END) throw new Error("it places data by itself");
    const length = reader.integer();
    const segment = { position: reader.position, length, address };
    reader.position += length;
    return segment;
  });
}

/** What the program's file says of its memory, pages of 64 KiB. */
interface Limits {
  readonly initial: number;
  readonly maximum?: number;
}

function limitsOf(reader: FileReader): Limits {
  const count = reader.integer();
  const flags = reader.byte();
  if (count !== 1 || flags > 1) throw new Error("it has another memory than one of 32 bits");
  const initial = reader.integer();
  return flags === 0 ? { initial } : { initial, maximum: reader.integer() };
}

/** An import section with the memory behind what it imports already. */
function withMemory(imports: Uint8Array, count: number, limits: Limits): Uint8Array {
  const { initial, maximum } = limits;
  const bounds =
    maximum === undefined
      ? [0, ...encodedInteger(initial)]
      : [1, ...encodedInteger(initial), ...encodedInteger(maximum)];
  return Uint8Array.from([
    ...encodedInteger(count + 1),
    ...imports,
    ...encodedName(MEMORY_MODULE),
    ...encodedName(MEMORY_NAME),
    MEMORY_KIND,
    ...bounds,
  ]);
}

/** What a program's file holds, but for what is only of use to a debugger. */
interface Parts {
  /** Contents of the sections, by their numbers, as they follow each other; without memory and data. */
  readonly sections: ReadonlyMap<number, Uint8Array>;
  readonly limits: Limits;
  readonly segments: readonly Segment[];
}

function partsOf(file: number): Parts {
  const reader = new FileReader(file);
  if (!MAGIC_AND_VERSION.equals(reader.bytes(MAGIC_AND_VERSION.length))) {
    throw new Error("it is no WebAssembly 1");
  }
  const sections = new Map<number, Uint8Array>();
  let importCount = 0;
  let limits: Limits | undefined;
  let segments: readonly Segment[] = [];
  while (!reader.isAtEnd()) {
    const id = reader.byte();
    const length = reader.integer();
    const end = reader.position + length;
    switch (id) {
      case CUSTOM_SECTION:
        break;
      case IMPORT_SECTION:
        importCount = reader.integer();
        sections.set(id, reader.bytes(end - reader.position));
        break;
      case MEMORY_SECTION:
        limits = limitsOf(reader);
        break;
      case DATA_SECTION:
        segments = segmentsOf(reader);
        break;
      case DATA_COUNT_SECTION:
        throw new Error("it places data by itself");
      default:
        sections.set(id, reader.bytes(length));
    }
    reader.position = end;
  }
  const imports = sections.get(IMPORT_SECTION);
  if (limits === undefined || imports === undefined) {
    throw new Error("it has no memory of its own, or calls nothing");
  }
  sections.set(IMPORT_SECTION, withMemory(imports, importCount, limits));
  return { sections, limits, segments };
}

/** A program that is ready to be run any number of times, one run at a time. */
export class WasmProgram {
  readonly #file: number;
  readonly #module: WebAssembly.Module;
  readonly #segments: readonly Segment[];
  readonly #memory: WebAssembly.Memory;

  private constructor(file: number, module: WebAssembly.Module, { limits, segments }: Parts) {
    this.#file = file;
    this.#module = module;
    this.#segments = segments;
    this.#memory = new WebAssembly.Memory(limits);
  }

  /**
   * Compiles the program in `path`. The file stays open as long as the thread lives, so that a package
   * which is replaced meanwhile does not mix its data with this code. Throws where the file is no program
   * with one memory, whose data are all placed at its start.
   */
  static async load(path: string): Promise<WasmProgram> {
    const file = openSync(path, "r");
    try {
      const parts = partsOf(file);
      const code = [...parts.sections].flatMap(([id, content]) => [
        Uint8Array.from([id, ...encodedInteger(content.length)]),
        content,
      ]);
      const module = await WebAssembly.compile(Buffer.concat([MAGIC_AND_VERSION, ...code]));
      return new WasmProgram(file, module, parts);
    } catch (error) {
      closeSync(file);
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`${basename(path)} cannot be used: ${reason}`, { cause: error });
    }
  }

  /** Bytes of data that its file places in its memory. */
  get dataLength(): number {
    return this.#segments.reduce((sum, { length }) => sum + length, 0);
  }

  /** The memory; its buffer changes whenever the program asks for more. */
  get buffer(): ArrayBuffer {
    return this.#memory.buffer;
  }

  /**
   * The exports of a new instance, in a memory as if there had been none before it. `unused`: what this
   * run does not look at, in the order of the addresses; it is left as it is, and takes no memory as long
   * as no run uses it.
   */
  instantiate(
    imports: WasmImports,
    unused: readonly AddressRange[] = [],
  ): Readonly<Record<string, unknown>> {
    for (const range of between(unused, this.buffer.byteLength)) this.#fill(range);
    const memory = { [MEMORY_MODULE]: { [MEMORY_NAME]: this.#memory } };
    return new WebAssembly.Instance(this.#module, { ...imports, ...memory }).exports;
  }

  /** Puts the program's data there, and zeros where it has none. */
  #fill({ start, end }: AddressRange): void {
    new Uint8Array(this.buffer, start, end - start).fill(0);
    for (const { position, length, address } of this.#segments) {
      const from = Math.max(start, address);
      const to = Math.min(end, address + length);
      if (from >= to) continue;
      readInto(this.#file, new Uint8Array(this.buffer, from, to - from), position + from - address);
    }
  }
}
