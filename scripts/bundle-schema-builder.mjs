// Puts what is used of the schema builder's 200 files into the one that the library loads, with its licence.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";

const licence = readFileSync("node_modules/@sinclair/typebox/license", "utf8");
buildSync({
  entryPoints: [join("lib", "protocol", "schema-builder.ts")],
  outfile: join("dist", "lib", "protocol", "schema-builder.js"),
  allowOverwrite: true,
  bundle: true,
  platform: "node",
  // The library's other format is one file per function, too, but its unused parts can be left out.
  mainFields: ["module", "main"],
  conditions: ["import"],
  format: "cjs",
  target: "node20",
  banner: { js: `/*\n${licence.trim()}\n*/` },
  logLevel: "warning",
});
