/**
 * `npm run bench -- [--quick] [--markdown] [--profile] [ROW ...]`: measures the built package and
 * prints one table. Ends with 1 when a bar is missed or a row could not be measured.
 */
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { QUICK, WHOLE, type Result } from "./result";
import { rows } from "./rows/index";
import { isNoisy, NOISY, tableOf, verdictOf } from "./table";

const project = resolve(__dirname, "../..");

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: "boolean", default: false },
      markdown: { type: "boolean", default: false },
      profile: { type: "boolean", default: false },
    },
  });
  const unknown = positionals.filter((name) => !rows.has(name));
  if (unknown.length > 0) {
    console.error(`No row ${unknown.join(", ")}. There are: ${[...rows.keys()].join(", ")}`);
    process.exitCode = 2;
    return;
  }
  if (!existsSync(join(project, "dist"))) throw new Error("Run npm run build first");

  const extent = { ...(values.quick ? QUICK : WHOLE), profile: values.profile };
  const chosen = positionals.length > 0 ? positionals : [...rows.keys()];
  const loadBefore = loadavg()[0] ?? 0;
  const results: Result[] = [];
  let failures = 0;
  for (const name of chosen) {
    if (!values.markdown) console.error(`measuring ${name}`);
    try {
      results.push(...((await rows.get(name)?.(extent)) ?? []));
    } catch (error) {
      failures += 1;
      console.error(`${name} could not be measured: ${String(error)}`);
    }
  }

  console.log(`${environment()}${values.quick ? ", --quick" : ""}\n`);
  console.log(tableOf(results));
  const missed = results.filter((result) => verdictOf(result) === "missed");
  const noisy = results.filter(isNoisy);
  console.log("");
  if (noisy.length > 0)
    console.log(
      `The passes of ${noisy.map(({ row }) => row).join(", ")} differ by more than ${NOISY * 100} %: ` +
        "other work on this machine disturbed them. Measure again on a quiet one.",
    );
  if (loadBefore > 0.5 * availableParallelism())
    console.log(`The machine was busy before the run: load ${loadBefore.toFixed(1)}.`);
  console.log(
    missed.length === 0 && failures === 0
      ? "Every bar is met."
      : `${missed.length} missed, ${failures} not measured.`,
  );
  process.exitCode = missed.length + failures > 0 ? 1 : 0;
}

function environment(): string {
  const version = (name: string): string => {
    const manifest = readFileSync(join(project, "node_modules", name, "package.json"), "utf8");
    return (JSON.parse(manifest) as { version: string }).version;
  };
  const date = new Date().toISOString().slice(0, 10);
  return `${date}, Node.js ${process.versions.node}, ${cpus().length} cores, ws ${version("ws")}, Node-RED ${version("node-red")}`;
}

void main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
