import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import pkg from "../package.json";
import { project, runtimes, startNodeRed, type RunningNodeRed } from "./support/node-red";

const names = Object.keys(pkg["node-red"].nodes);

describe("package", function () {
  this.timeout(120_000);
  const scratch = mkdtempSync(join(tmpdir(), "realtime-package-"));
  let files: string[];

  before(() => {
    // The build is there already; packing must not run it again under other tests.
    const output = execFileSync(
      "npm",
      ["pack", "--json", "--ignore-scripts", "--pack-destination", scratch],
      { cwd: project, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
    );
    const [packed] = JSON.parse(output) as { filename: string; files: { path: string }[] }[];
    assert.ok(packed);
    files = packed.files.map(({ path }) => path);
    const archive = readdirSync(scratch).find((file) => file.endsWith(".tgz"));
    execFileSync("tar", ["-xzf", archive ?? "", "-C", scratch], { cwd: scratch });
  });
  after(() => rmSync(scratch, { recursive: true, force: true }));

  it("holds what Node-RED needs of every node", () => {
    for (const name of names) {
      for (const file of [
        `${name}.js`,
        `${name}.html`,
        `locales/en-US/${name}.json`,
        `locales/en-US/${name}.html`,
      ])
        assert.ok(files.includes(`dist/nodes/${file}`), file);
      const isConfig = name === "endpoint" || name === "session";
      assert.ok(isConfig || files.includes(`dist/nodes/icons/openai-realtime-${name}.svg`), name);
    }
    for (const file of readdirSync(join(project, "examples")))
      assert.ok(files.includes(`examples/${file}`), file);
    for (const file of [
      "README.md",
      "LICENSE",
      "package.json",
      "dist/lib/index.js",
      "dist/lib/index.d.ts",
    ])
      assert.ok(files.includes(file), file);
  });

  it("holds nothing else", () => {
    const extra = files.filter(
      (file) =>
        !/^dist\/(?:lib|nodes)\/.*(?:\.js|\.d\.ts)$/.test(file) &&
        !/^dist\/nodes\/(?:[\w-]+\.html|icons\/[\w-]+\.svg|locales\/en-US\/[\w-]+\.(?:json|html))$/.test(
          file,
        ) &&
        !/^examples\/[^/]+\.json$/.test(file) &&
        !/^resources\/[\w-]+\.js$/.test(file) &&
        !["README.md", "LICENSE", "package.json"].includes(file),
    );
    assert.deepEqual(extra, []);
  });

  it("names its dependencies and runtimes as the Flow Library asks", () => {
    assert.match(pkg.name, /^@[\w-]+\/node-red-/);
    assert.ok(pkg.keywords.includes("node-red"));
    assert.ok(Object.keys(pkg.dependencies).length <= 6);
    assert.ok(!("node-red" in pkg.dependencies));
    assert.equal(pkg.license, "MIT");
  });

  it("loads what it uses of the schema builder as one file, which has its licence", () => {
    const library = join(project, "dist/lib");
    const loaded = execFileSync(
      process.execPath,
      ["-p", "require('./index.js'); JSON.stringify(Object.keys(require.cache))"],
      { cwd: library, encoding: "utf8" },
    );
    const ofBuilder = (JSON.parse(loaded) as string[]).filter((file) =>
      /typebox|schema-builder/.test(file),
    );
    const bundle = join(library, "protocol/schema-builder.js");
    assert.deepEqual(ofBuilder, [bundle]);
    assert.match(readFileSync(bundle, "utf8"), /MIT License[^]*Copyright[^]*Permission is hereby/);
  });

  for (const { label, module } of runtimes) {
    describe(`installed into an empty user folder, ${label}`, () => {
      let nodeRed: RunningNodeRed;
      const get = async (path: string, accept: string): Promise<string> => {
        const response = await fetch(new URL(path, nodeRed.url), { headers: { Accept: accept } });
        assert.equal(response.status, 200, path);
        return await response.text();
      };

      before(async () => {
        const folder = join(scratch, module);
        const target = join(folder, "node_modules", pkg.name);
        mkdirSync(dirname(target), { recursive: true });
        execFileSync("cp", ["-r", join(scratch, "package"), target]);
        // Its dependencies are the ones installed here: the same versions, and no network.
        for (const dependency of [
          ...Object.keys(pkg.dependencies),
          ...Object.keys(pkg.optionalDependencies),
        ]) {
          const link = join(folder, "node_modules", dependency);
          mkdirSync(dirname(link), { recursive: true });
          symlinkSync(join(project, "node_modules", dependency), link);
        }
        writeFileSync(join(folder, "flows.json"), "[]");
        nodeRed = await startNodeRed(module, { folder });
      });
      after(() => nodeRed?.stop());

      it("loads every node", async () => {
        const sets = JSON.parse(await get("nodes", "application/json")) as {
          module: string;
          name: string;
          enabled: boolean;
          err?: string;
        }[];
        const own = sets.filter((set) => set.module === pkg.name);
        assert.deepEqual(own.map(({ name }) => name).toSorted(), names.toSorted());
        for (const { name, enabled, err } of own)
          assert.ok(enabled && err === undefined, `${name}: ${String(err)}`);
      });

      it("shows icons, help, texts and the menu of examples", async () => {
        const icons = JSON.parse(await get("icons", "application/json")) as Record<
          string,
          string[]
        >;
        assert.equal(icons[pkg.name]?.length, readdirSync(join(project, "icons")).length);
        for (const icon of icons[pkg.name] ?? [])
          assert.match(await get(`icons/${pkg.name}/${icon}`, "*/*"), /^<svg/);
        const html = await get("nodes", "text/html");
        // A script that cannot be loaded would keep the editor from opening at all.
        const scripts = [...html.matchAll(/<script src="(resources\/@realtime-flows[^"]+)">/g)];
        assert.ok(scripts.length > 0);
        for (const path of new Set(scripts.map(([, source = ""]) => source)))
          assert.match(await get(path, "*/*"), /window\.openaiRealtime/);
        for (const name of names) {
          assert.ok(html.includes(`data-template-name="openai-realtime-${name}"`), name);
          assert.ok(html.includes(`data-help-name="openai-realtime-${name}"`), name);
        }
        const texts = await get("nodes/messages?lng=en-US", "application/json");
        assert.match(texts, /Built-in \(no account\)/);
        const examples = await get(`library/examples/flows/${pkg.name}`, "application/json");
        for (const file of readdirSync(join(project, "examples")))
          assert.ok(examples.includes(file.replace(".json", "")), file);
      });
    });
  }
});
