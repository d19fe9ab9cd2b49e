import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
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

/** What a compiler must know of the public types: nothing is `any`, and events narrow by their type. */
const TYPED_PROGRAM = `
import {
  isKnown, parseFrame, RealtimeError, RealtimeSession, eventTypes, startLocalServer,
  type EventInfo, type EventOf, type RealtimeEvent, type SessionOptions, type ToolCall,
  type UnknownEvent,
} from "${pkg.name}";

type IsAny<Type> = 0 extends 1 & Type ? true : false;
type Not<Type extends false> = Type;
type AnyOf<Type> = { [Name in keyof Type]-?: IsAny<Type[Name]> }[keyof Type];
export type Checks = [
  Not<IsAny<RealtimeEvent>>, Not<IsAny<SessionOptions>>, Not<AnyOf<SessionOptions>>,
  Not<AnyOf<RealtimeSession>>, Not<AnyOf<ToolCall>>, Not<AnyOf<EventInfo>>,
  Not<AnyOf<EventOf<"response.done">>>, Not<AnyOf<EventOf<"session.updated">>>,
  Not<IsAny<Awaited<ReturnType<typeof startLocalServer>>>>,
  Not<IsAny<ReturnType<typeof parseFrame>>>, Not<IsAny<typeof eventTypes>>,
];

export function textOf(event: RealtimeEvent | UnknownEvent): string {
  if (!isKnown(event)) return event.type;
  switch (event.type) {
    case "response.output_audio_transcript.delta": return event.delta;
    case "conversation.item.input_audio_transcription.completed": return event.transcript;
    case "error": return event.error.message;
    case "close": return String(event.error);
    default: return event.type;
  }
}

export function listen(session: RealtimeSession): void {
  session.on("event", (event, { source, at }) => console.log(textOf(event), source, at.toFixed()));
  session.on("state", (state) => {
    if (state.status === "stopped") console.log(state.reason.code.length);
  });
  session.on("error", (error, toolName) => console.log(error instanceof RealtimeError, toolName?.length));
  // @ts-expect-error there is no such event
  session.on("nonsense", () => undefined);
}
`;

describe("package", function () {
  this.timeout(300_000);
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

  /** Its dependencies are the ones installed here: the same versions, and no network. */
  function install(folder: string, others: readonly string[]): void {
    const target = join(folder, "node_modules", pkg.name);
    mkdirSync(dirname(target), { recursive: true });
    execFileSync("cp", ["-r", join(scratch, "package"), target]);
    for (const dependency of [...Object.keys(pkg.dependencies), ...others]) {
      const link = join(folder, "node_modules", dependency);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(project, "node_modules", dependency), link);
    }
  }

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

  describe("in a program of its own, without the optional packages", () => {
    const folder = join(scratch, "program");
    const programs = [
      ...readFileSync(join(project, "README.md"), "utf8").matchAll(/```js\n([^]*?)```/g),
    ].map(([, code = ""], index) => ({ file: `readme-${index + 1}.mjs`, code }));

    before(() => {
      install(folder, ["@types/node"]);
      for (const { file, code } of programs) writeFileSync(join(folder, file), code);
      writeFileSync(join(folder, "program.ts"), TYPED_PROGRAM);
    });

    const run = (...args: string[]): string =>
      execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8" });

    it("gives by import what it gives by require", () => {
      const show = "console.log(JSON.stringify(Object.keys(all)))";
      const required = run("-e", `const all = require("${pkg.name}"); ${show}`);
      const names = JSON.parse(required) as string[];
      assert.ok(names.includes("RealtimeSession"));
      // They are known before anything of it runs, or an import names one that is not found.
      const program = `import { ${names.join()} } from "${pkg.name}"; const all = { ${names.join()} };`;
      assert.equal(run("--input-type=module", "-e", `${program} ${show}`), required);
    });

    for (const [module, resolution] of [
      ["nodenext", "nodenext"],
      ["esnext", "bundler"],
    ] as const) {
      it(`has all types, without our tools, where modules are resolved as by ${resolution}`, () => {
        const output = compile([
          "--noEmit --listFiles --allowJs --checkJs --types node --target es2022",
          "--strict --exactOptionalPropertyTypes --noUncheckedIndexedAccess --skipLibCheck false",
          `--module ${module} --moduleResolution ${resolution}`,
          `program.ts ${programs.map(({ file }) => file).join(" ")}`,
        ]);
        const packages = new Set(
          [...output.matchAll(/node_modules\/((?:@[^/\n]+\/)?[^/\n]+)/g)].map(([, name]) => name),
        );
        for (const name of Object.keys(pkg.devDependencies))
          if (name !== "@types/node" && name !== "typescript")
            assert.ok(!packages.has(name), `its types need ${name}`);
        assert.ok(output.includes("index.d.ts"));
      });
    }

    it("does what the README's program says", () => {
      const program = programs.find(({ code }) => code.includes("startLocalServer"));
      assert.ok(program);
      assert.equal(
        run(program.file),
        "set_light { room: 'kitchen', on: true }\nOkay: kitchen light on.\n",
      );
    });

    function compile(options: readonly string[]): string {
      const compiler = join(project, "node_modules", "typescript", "bin", "tsc");
      const args = options.flatMap((part) => part.split(" "));
      const result = spawnSync(process.execPath, [compiler, ...args], {
        cwd: folder,
        encoding: "utf8",
      });
      assert.equal(result.status, 0, result.stdout.replaceAll(/^\/.*$\n/gm, ""));
      return result.stdout;
    }
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
        install(folder, Object.keys(pkg.optionalDependencies));
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
