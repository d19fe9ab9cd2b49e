import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { give, load, type FlowNode } from "./canvas";
import { project } from "./node-red";

const folder = join(project, "examples");

/** All examples that ship, by name, in the order of the menu. */
export const exampleNames: readonly string[] = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .map((file) => file.replace(".json", ""))
  .toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }));

/** The nodes of an example, as it ships. */
export function readExample(name: string): FlowNode[] {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) as FlowNode[];
}

/**
 * Makes the delay node of an example that gives pieces of 20 ms at the pace of speech give them ten
 * times as fast: the server counts samples, not seconds.
 */
export function hurry(node: FlowNode): void {
  assert.deepEqual([node["rate"], node["rateUnits"]], ["50", "second"]);
  node["rate"] = "500";
}

/** Which of core's files has the nodes of a type that examples use. */
const CORE_SETS: Readonly<Record<string, string>> = {
  inject: "common/20-inject",
  comment: "common/90-comment",
  status: "common/25-status",
  "link in": "common/60-link",
  function: "function/10-function",
  switch: "function/10-switch",
  change: "function/15-change",
  template: "function/80-template",
  exec: "function/90-exec",
  "mqtt in": "network/10-mqtt",
  "http in": "network/21-httpin",
  "http request": "network/21-httprequest",
  "websocket in": "network/22-websocket",
  file: "storage/10-file",
};

/** An example on the canvas of a test, with probes in the place of its debug nodes. */
export class Example {
  readonly #nodes: FlowNode[];
  readonly #z: string;

  constructor(name: string) {
    this.#nodes = readExample(name).map((node) =>
      node.type === "debug" ? { ...node, type: "helper" } : node,
    );
    const [tab] = this.#nodes;
    assert.ok(tab);
    this.#z = tab.id;
  }

  /** The node that has this name; where none has, the tool node of this tool, or the only node of this type. */
  find(name: string): FlowNode {
    const candidates = [
      this.#nodes.filter((node) => node["name"] === name),
      this.#nodes.filter((node) => node.type === "openai-realtime-tool" && node["tool"] === name),
      this.#nodes.filter(({ type }) => type === name),
    ];
    const [found, ...others] = candidates.find(({ length }) => length > 0) ?? [];
    assert.ok(found, `no node ${name}`);
    assert.equal(others.length, 0, `several nodes ${name}`);
    return found;
  }

  id(name: string): string {
    return this.find(name).id;
  }

  /** Changes a node before it is loaded, such as the address of a server. */
  change(name: string, members: object): this {
    Object.assign(this.find(name), members);
    return this;
  }

  /** Adds a probe behind an output of a node; returns its id. */
  probe(name: string, output = 0): string {
    const node = this.find(name);
    const id = `probe-${node.id}-${output}`;
    (node["wires"] as string[][])[output]?.push(id);
    this.#nodes.push({ id, type: "helper", z: this.#z, x: 1, y: 1, wires: [] });
    return id;
  }

  /** Adds a probe that gets every event of a session, audio and what is sent included. */
  probeEvents(session: string): string {
    const id = `probe-${this.id(session)}`;
    const place = { z: this.#z, x: 1, y: 1 };
    this.#nodes.push(
      {
        id: `${id}-connect`,
        type: "openai-realtime-connect",
        session: this.id(session),
        key: "",
        start: "demand",
        emit: "all",
        echo: true,
        ...place,
        wires: [[id]],
      },
      { id, type: "helper", ...place, wires: [] },
    );
    return id;
  }

  /** Deploys it on the Node-RED of the test. */
  async load(): Promise<void> {
    const sets = Object.entries(CORE_SETS).filter(([type]) =>
      this.#nodes.some((node) => node.type === type),
    );
    await load(
      this.#nodes,
      {},
      sets.map(([, set]) => set),
    );
  }

  /** Presses the button of an inject node. */
  press(name: string): void {
    assert.equal(this.find(name).type, "inject");
    give(this.id(name), {});
  }
}
