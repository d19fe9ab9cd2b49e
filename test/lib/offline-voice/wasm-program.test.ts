import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AddressRange, WasmProgram } from "../../../lib/offline-voice/wasm-program";

const name = (text: string): number[] => [text.length, ...Buffer.from(text)];
const section = (id: number, ...content: number[]): number[] => [id, content.length, ...content];

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const TYPES = section(1, 2, 0x60, 1, 0x7f, 0, 0x60, 0, 0);
const IMPORTS = section(2, 1, ...name("env"), ...name("note"), 0, 0);
const FUNCTIONS = section(3, 1, 1);
const MEMORY = section(5, 1, 1, 1, 3);
const EXPORTS = section(7, 1, ...name("run"), 0, 1);
/** Notes the bytes at 16 and 1000, writes others there, and asks for a page more. */
const BODY = [
  [0, 0x41, 16, 0x2d, 0, 0, 0x10, 0, 0x41, 0xe8, 0x07, 0x2d, 0, 0, 0x10, 0],
  [0x41, 16, 0x41, 0xe3, 0, 0x3a, 0, 0, 0x41, 0xe8, 0x07, 0x41, 0xe2, 0, 0x3a, 0, 0],
  [0x41, 1, 0x40, 0, 0x1a, 0x0b],
].flat();
const CODE = section(10, 1, BODY.length, ...BODY);
/** 7 at 16. */
const DATA = section(11, 1, 0, 0x41, 16, 0x0b, 1, 7);
const NOTES = section(0, ...name("name"), 1, 2, 3);

const START = [HEADER, TYPES, IMPORTS, FUNCTIONS].flat();
const PROGRAM = [START, MEMORY, EXPORTS, CODE, DATA, NOTES].flat();

describe("a WebAssembly program whose data stay in its file", () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), "realtime-wasm-"))));
  after(() => rmSync(folder, { recursive: true }));

  function load(...parts: readonly (readonly number[])[]): Promise<WasmProgram> {
    const file = join(folder, "program.wasm");
    writeFileSync(file, Buffer.from(parts.flat()));
    return WasmProgram.load(file);
  }

  it("finds its data in each run, and nothing of the runs before", async () => {
    const program = await load(PROGRAM);
    const noted: number[] = [];
    for (let count = 0; count < 4; count++) {
      const { run } = program.instantiate({
        env: { note: (value: number) => noted.push(value) },
      });
      assert.ok(typeof run === "function");
      run();
    }
    assert.deepEqual(noted, [7, 0, 7, 0, 7, 0, 7, 0]);
  });

  it("leaves what a run does not use as it is", async () => {
    const program = await load(PROGRAM);
    const noted: number[] = [];
    const imports = { env: { note: (value: number) => noted.push(value) } };
    const runWithout = (...unused: AddressRange[]): void => {
      const { run } = program.instantiate(imports, unused);
      assert.ok(typeof run === "function");
      run();
    };
    runWithout({ start: 8, end: 24 });
    runWithout({ start: 992, end: 1008 });
    runWithout({ start: 8, end: 24 }, { start: 992, end: 1008 });
    runWithout();
    assert.deepEqual(noted, [0, 0, 7, 98, 99, 98, 7, 0]);
  });

  it("has one memory for all runs, within the bounds that the file gives", async () => {
    const program = await load(PROGRAM);
    assert.equal(program.buffer.byteLength, 65_536);
    const sizes = [1, 2, 3].map(() => {
      const { run } = program.instantiate({ env: { note: () => 0 } });
      assert.ok(typeof run === "function");
      run();
      return program.buffer.byteLength / 65_536;
    });
    assert.deepEqual(sizes, [2, 3, 3]);
  });

  it("says what a file is that it cannot use, without its folder", async () => {
    const passive = section(11, 1, 1, 1, 7);
    const elsewhere = section(11, 1, 0, 0x23, 0, 0x0b, 1, 7);
    const broken: readonly (readonly [RegExp, readonly (readonly number[])[]])[] = [
      [/^program\.wasm cannot be used: it ends too early$/, []],
      [/: it ends too early$/, [PROGRAM.slice(0, 60)]],
      [/: it is no WebAssembly 1$/, [[...Buffer.from("not a program")]]],
      [/: it is no WebAssembly 1$/, [HEADER.with(4, 2), PROGRAM.slice(8)]],
      [/: it has a number of more than 32 bits$/, [HEADER, [1, 255, 255, 255, 255, 255, 0]]],
      [/: it has no memory of its own, or calls nothing$/, [START, EXPORTS, CODE]],
      [/: it has no memory of its own, or calls nothing$/, [HEADER, TYPES, MEMORY]],
      [/: it has another memory than one of 32 bits$/, [START, section(5, 1, 4, 1)]],
      [/: it has another memory than one of 32 bits$/, [START, section(5, 2, 0, 1, 0, 1)]],
      [/: it places data by itself$/, [START, MEMORY, EXPORTS, CODE, passive]],
      [/: it places data by itself$/, [START, MEMORY, EXPORTS, CODE, elsewhere]],
      [/: it places data by itself$/, [START, MEMORY, EXPORTS, section(12, 1), CODE, DATA]],
      [/: .*Compiling function/, [START, MEMORY, EXPORTS, section(10, 1, 2, 0, 0x41), DATA]],
    ];
    for (const [expected, parts] of broken) {
      await assert.rejects(load(...parts), ({ message }: Error) => {
        assert.match(message, expected);
        return !message.includes(folder);
      });
    }
  });
});
