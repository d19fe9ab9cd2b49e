import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import pkg from "../../../package.json";
import type { FlowNode } from "../../support/canvas";
import { exampleNames, readExample } from "../../support/example";
import { startNodeRed } from "../../support/node-red";

const runtime = process.env["NODE_RED"] ?? "node-red";

/** Needs an account: each has a key from the environment and says so in its comment. */
const WITH_ACCOUNT = ["15 Key for a browser", "16 Answer a phone call"];

/** All types of nodes of a Node-RED that has nothing but this package. */
function knownTypes(): Set<string> {
  const manifest = require.resolve("@node-red/nodes/package.json", {
    paths: [dirname(require.resolve(runtime))],
  });
  const core = join(dirname(manifest), "core");
  const types = new Set(["tab", "group", "subflow"]);
  for (const file of readdirSync(core, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".js")) continue;
    const code = readFileSync(join(core, file), "utf8");
    for (const [, type = ""] of code.matchAll(/registerType\(\s*["']([^"']+)["']/g))
      types.add(type);
  }
  for (const name of Object.keys(pkg["node-red"].nodes)) types.add(`openai-realtime-${name}`);
  return types;
}

const outputsOf = ({ wires }: FlowNode): string[] => ((wires ?? []) as string[][]).flat();

/** Other nodes that a node names: its config nodes, links, and what a Catch or Complete node is about. */
const namedBy = ({ type, session, endpoint, broker, server, scope, links }: FlowNode): string[] =>
  // A broker's own "broker" is its host.
  [session, endpoint, type === "mqtt-broker" ? "" : broker, server, scope, links]
    .flat()
    .filter((id): id is string => typeof id === "string" && id !== "");

describe("all examples", () => {
  const types = knownTypes();

  it("are those that the README tells of", () => {
    const readme = readFileSync("README.md", "utf8");
    const told = [...readme.matchAll(/^\| (\d+ [^|]+?) +\|/gm)].map(([, name]) => name);
    assert.deepEqual(told, exampleNames);
  });

  it("have no node in common, so that all can be imported", () => {
    const owners = new Map<string, string>();
    for (const name of exampleNames) {
      for (const { id } of readExample(name)) {
        assert.equal(owners.get(id), undefined, `${id} of ${name}`);
        owners.set(id, name);
      }
    }
  });

  it("give each of their sessions a name of its own", () => {
    const sessions = exampleNames
      .flatMap(readExample)
      .filter(({ type }) => type === "openai-realtime-session")
      .map(({ name }) => name);
    assert.deepEqual(sessions, [...new Set(sessions)]);
  });

  for (const name of exampleNames) {
    describe(name, () => {
      const nodes = readExample(name);
      const ids = new Set(nodes.map(({ id }) => id));

      it("is a tab of this name that begins with a comment on what it does", () => {
        const [tab, comment] = nodes;
        assert.deepEqual([tab?.type, tab?.["label"]], ["tab", name]);
        assert.equal(comment?.type, "comment");
        assert.match(String(comment["name"]), /\w+ \w+/);
        assert.ok(String(comment["info"]).length > 100);
      });

      it("needs nothing but Node-RED and this package", () => {
        for (const { type } of nodes) assert.ok(types.has(type), type);
        const kinds = nodes
          .filter(({ type }) => type === "openai-realtime-endpoint")
          .map(({ kind }) => kind);
        assert.ok(kinds.length > 0);
        if (!WITH_ACCOUNT.includes(name)) assert.deepEqual(new Set(kinds), new Set(["built-in"]));
      });

      it("is complete: all wires and references lead to nodes of its own", () => {
        for (const node of nodes) {
          for (const id of [...outputsOf(node), ...namedBy(node)])
            assert.ok(ids.has(id), `${node.type} ${String(node["name"])} names ${id}`);
          assert.ok(!("credentials" in node));
        }
      });

      it("has no two nodes of one name", () => {
        const names = nodes.map((node) => node["name"]).filter(Boolean);
        assert.deepEqual(names, [...new Set(names)]);
      });

      it("shows its errors", () => {
        const caught = nodes.filter(({ type }) => type === "catch").flatMap(outputsOf);
        assert.ok(caught.length > 0);
      });
    });
  }

  it("run side by side", async () => {
    const nodeRed = await startNodeRed(runtime);
    try {
      assert.doesNotMatch(nodeRed.output(), /\[error\]|missing types|MaxListenersExceeded|Connection failed/);
    } finally {
      await nodeRed.stop();
    }
  });
});
