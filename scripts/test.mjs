// `npm test`: every test on Node-RED 5, those of the nodes on 4.1 too; one line sums them up.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const project = resolve(import.meta.dirname, "..");
const scratch = mkdtempSync(join(tmpdir(), "realtime-tests-"));

const runs = [
  { title: "all tests, Node-RED 5", runtime: "node-red", specs: "test/**/*.test.ts" },
  { title: "the nodes, Node-RED 4.1", runtime: "node-red-4", specs: "test/nodes/**/*.test.ts" },
];

const total = { passes: 0, failures: 0, pending: 0 };
/** What failed, once more at the end: of a long log often only its end is kept. */
const report = [];
let isBroken = false;
for (const [index, { title, runtime, specs }] of runs.entries()) {
  console.log(`\n${title}`);
  const counts = join(scratch, `${index}.json`);
  const { status, signal } = spawnSync(
    process.execPath,
    [
      join(project, "node_modules/mocha/bin/mocha.js"),
      "--config",
      join(project, "scripts/mocha.json"),
      "--reporter",
      join(project, "scripts/count-reporter.cjs"),
      specs,
    ],
    {
      cwd: project,
      stdio: "inherit",
      env: { ...process.env, NODE_RED: runtime, COUNTS: counts },
    },
  );
  // A run that died leaves no counts; it must not look like one that passed.
  if (status !== 0) isBroken = true;
  try {
    const { passes, failures, pending, failed } = JSON.parse(readFileSync(counts, "utf8"));
    total.passes += passes;
    total.failures += failures;
    total.pending += pending;
    report.push(...failed.map((failure) => `${title}: ${failure}`));
  } catch {
    report.push(`${title}: ended with ${signal ?? `code ${status}`} before its last test`);
    isBroken = true;
    total.failures += 1;
  }
}
rmSync(scratch, { recursive: true });

for (const failure of report) console.log(`\nFailed: ${failure}`);
if (total.pending > 0) console.log(`\n${total.pending} skipped, for the reasons printed above`);
console.log(`\n${total.passes} passed, ${total.failures} failed`);
process.exitCode = isBroken ? 1 : 0;
