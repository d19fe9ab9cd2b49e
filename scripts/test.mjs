// `npm test`: every test on Node-RED 5, those of the nodes on 4.1 too; one line sums them up.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { PassThrough } from "node:stream";

const project = resolve(import.meta.dirname, "..");
const scratch = mkdtempSync(join(tmpdir(), "realtime-tests-"));

/** Processes that test at the same time: one for each core of a small machine. */
const SIDE_BY_SIDE = 2;

const all = readdirSync(join(project, "test"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".test.ts"))
  .map((file) => join("test", file))
  .toSorted();
const below = (...folders) => all.filter((file) => file.startsWith(join("test", ...folders, "/")));
const voice = below("lib", "offline-voice");
const browser = below("browser");
const nodes = below("nodes");
const session = below("lib", "session");
const others = all.filter((file) => ![voice, browser, nodes, session].flat().includes(file));

// The longest first, so that both cores are at work to the end.
const runs = [
  { title: "the editor", runtime: "node-red", specs: browser },
  { title: "the offline voice", runtime: "node-red", specs: voice },
  { title: "the nodes, Node-RED 5", runtime: "node-red", specs: nodes },
  { title: "the nodes, Node-RED 4.1", runtime: "node-red-4", specs: nodes },
  { title: "the session", runtime: "node-red", specs: session },
  { title: "everything else", runtime: "node-red", specs: others },
].map((run, index) => ({
  ...run,
  counts: join(scratch, `${index}.json`),
  // Without a bound: a process that prints must not wait until it is its turn to be shown.
  output: new PassThrough({ highWaterMark: Number.MAX_SAFE_INTEGER }),
}));

const total = { passes: 0, failures: 0, pending: 0 };
/** What failed, once more at the end: of a long log often only its end is kept. */
const report = [];
let isBroken = false;

async function test({ title, runtime, specs, counts, output }) {
  output.write(`\n${title}\n`);
  const mocha = spawn(
    process.execPath,
    [
      join(project, "node_modules/mocha/bin/mocha.js"),
      "--config",
      join(project, "scripts/mocha.json"),
      "--reporter",
      join(project, "scripts/count-reporter.cjs"),
      ...(process.stdout.isTTY ? ["--color"] : []),
      ...specs,
    ],
    {
      cwd: project,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NODE_RED: runtime, COUNTS: counts },
    },
  );
  for (const printed of [mocha.stdout, mocha.stderr]) printed.pipe(output, { end: false });
  const [code, signal] = await once(mocha, "close");
  output.end();
  // A run that died leaves no counts; it must not look like one that passed.
  if (code !== 0) isBroken = true;
  try {
    const { passes, failures, pending, failed } = JSON.parse(readFileSync(counts, "utf8"));
    total.passes += passes;
    total.failures += failures;
    total.pending += pending;
    report.push(...failed.map((failure) => `${title}: ${failure}`));
  } catch {
    report.push(`${title}: ended with ${signal ?? `code ${code}`} before its last test`);
    isBroken = true;
    total.failures += 1;
  }
}

/** Each run as a whole: one as it prints, and what went on beside it after it. */
async function show() {
  for (const { output } of runs) for await (const text of output) process.stdout.write(text);
}

const left = runs.values();
const testInTurn = async () => {
  for (const run of left) await test(run);
};
await Promise.all([show(), ...Array.from({ length: SIDE_BY_SIDE }, testInTurn)]);
rmSync(scratch, { recursive: true });

for (const failure of report) console.log(`\nFailed: ${failure}`);
if (total.pending > 0) console.log(`\n${total.pending} skipped, for the reasons printed above`);
console.log(`\n${total.passes} passed, ${total.failures} failed`);
process.exitCode = isBroken ? 1 : 0;
