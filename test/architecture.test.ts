import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import pkg from "../package.json";

interface Import {
  /** Path from the project's folder without its ending, or the name of a package. */
  readonly of: string;
  readonly typeOnly: boolean;
}

const project = resolve(__dirname, "..");

/** All sources below a folder, as paths from the project's folder without their ending. */
function sources(folder: string): string[] {
  return readdirSync(join(project, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(folder, file).replace(/\.ts$/, ""));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(project, `${file}.ts`), "utf8");
  const statements = text.matchAll(
    /^(?:import|export)\s+(type\s+)?((?:[\w*{},\s]+?)\s+from\s+)?"([^"]+)";/gm,
  );
  return [...statements].map(([, type, names = "", from = ""]) => {
    const members = /\{([^}]*)\}/.exec(names)?.[1]?.split(",") ?? [""];
    const allTypes = members
      .map((member) => member.trim())
      .filter((member) => member !== "")
      .every((member) => member.startsWith("type "));
    const named = /\{/.test(names) && !/^\s*\w+\s*,/.test(names);
    return {
      of: from.startsWith(".") ? relative(project, resolve(project, dirname(file), from)) : from,
      typeOnly: type !== undefined || (named && allTypes && /\{[^}]*\w/.test(names)),
    };
  });
}

const files = [...sources("lib"), ...sources("nodes")];
const graph = new Map(files.map((file) => [file, importsOf(file)]));
const ours = ({ of }: Import): boolean => /^(?:lib|nodes)\//.test(of);
const floorOf = (file: string): string =>
  file.startsWith("nodes/") ? "nodes" : (/^lib\/([^/]+)\//.exec(file)?.[1] ?? "index");

/** Which floors a floor may stand on. */
const allowed: Record<string, readonly string[]> = {
  nodes: ["nodes", "index"],
  index: ["protocol", "audio", "session", "rest", "local-server", "offline-voice"],
  session: ["session", "protocol", "audio"],
  rest: ["rest", "protocol", "audio"],
  "local-server": ["local-server", "protocol", "audio", "offline-voice"],
  "offline-voice": ["offline-voice", "audio"],
  protocol: ["protocol"],
  audio: ["audio"],
};

describe("architecture", () => {
  it("reads the imports of every source", () => {
    assert.ok(files.length > 60);
    assert.ok([...graph.values()].flat().length > 200);
    assert.ok(graph.get("lib/index")?.some(({ of }) => of === "lib/session/realtime-session"));
  });

  it("has no import that goes up a floor or across", () => {
    const wrong = files.flatMap((file) =>
      (graph.get(file) ?? [])
        .filter(ours)
        .filter(({ of }) => !allowed[floorOf(file)]?.includes(floorOf(of)))
        .map(({ of }) => `${file} imports ${of}`),
    );
    assert.deepEqual(wrong, []);
  });

  it("lets nodes see of the library only its public face", () => {
    const wrong = sources("nodes").flatMap((file) =>
      (graph.get(file) ?? [])
        .filter(({ of }) => of.startsWith("lib/") && of !== "lib/index")
        .map(({ of }) => `${file} imports ${of}`),
    );
    assert.deepEqual(wrong, []);
  });

  it("lets a node import another only for types, or to find a config node", () => {
    const nodes = new Set(Object.keys(pkg["node-red"].nodes).map((name) => `nodes/${name}`));
    const finders = new Set(["nodes/session", "nodes/endpoint"]);
    const wrong = [...nodes].flatMap((file) =>
      (graph.get(file) ?? [])
        .filter(({ of, typeOnly }) => nodes.has(of) && !typeOnly && !finders.has(of))
        .map(({ of }) => `${file} imports ${of}`),
    );
    assert.deepEqual(wrong, []);
    for (const file of nodes) {
      const text = readFileSync(join(project, `${file}.ts`), "utf8");
      for (const [, names = ""] of text.matchAll(
        /import \{([^}]*)\} from "\.\/(?:session|endpoint)"/g,
      )) {
        const values = names
          .split(",")
          .map((name) => name.trim())
          .filter((name) => name !== "" && !name.startsWith("type "));
        for (const value of values)
          assert.ok(["findSession", "findEndpoint"].includes(value), value);
      }
    }
  });

  it("keeps the library free of Node-RED", () => {
    const wrong = sources("lib").flatMap((file) =>
      (graph.get(file) ?? [])
        .filter(({ of }) => /^(?:@node-red\/|node-red)/.test(of))
        .map(({ of }) => `${file} imports ${of}`),
    );
    assert.deepEqual(wrong, []);
  });

  it("has no circle", () => {
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      assert.ok(!path.includes(file), [...path, file].join(" → "));
      if (done.has(file)) return;
      for (const { of, typeOnly } of graph.get(file) ?? [])
        if (!typeOnly) visit(of, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
  });

  it("has six runtime dependencies at most", () => {
    assert.ok(Object.keys(pkg.dependencies).length <= 6);
  });
});
