import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import pkg from "../package.json";
import {
  eventGroups,
  eventTypes,
  faultTypes,
  parsePrices,
  PRICE_LIST,
  PRICE_LIST_DATE,
} from "../lib/index";
import { MICROPHONE_ACTIONS } from "../nodes/microphone";
import { project } from "./support/node-red";

const readme = readFileSync(join(project, "README.md"), "utf8");

const helpOf = (node: string): string =>
  readFileSync(join(project, "nodes/locales/en-US", `${node}.html`), "utf8");

const codeIn = (html: string): string[] =>
  [...html.matchAll(/<code>([^<]+)<\/code>/g)].map(([, code = ""]) => code);

/** The rows of the README's table whose head begins with this word, without the head. */
function tableOf(head: string): string[][] {
  const [, table = ""] =
    new RegExp(`^\\| ${head}[^\\n]*\\n\\|[ -|]*\\n((?:\\|.*\\n)+)`, "m").exec(readme) ?? [];
  const rows = table
    .trim()
    .split("\n")
    .map((row) =>
      row
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  assert.ok(rows.length > 1, head);
  return rows;
}

const quoted = (text = ""): string[] =>
  [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);

describe("README and help", () => {
  it("tell of every node", () => {
    const told = tableOf("Node ").map(([name = ""]) =>
      name.replace(/^realtime | \(config\)$/g, "").replace(" ", "-"),
    );
    assert.deepEqual(told.toSorted(), Object.keys(pkg["node-red"].nodes).toSorted());
  });

  it("name the actions of a microphone", () => {
    const told = tableOf("`msg.action`").flatMap(([actions]) =>
      quoted(actions).filter((action) => !["playing", "msg.payload"].includes(action)),
    );
    assert.deepEqual(told.toSorted(), [...MICROPHONE_ACTIONS].toSorted());
    const help = codeIn(helpOf("audio-in"));
    for (const action of MICROPHONE_ACTIONS) assert.ok(help.includes(action), action);
  });

  it("name every fault", () => {
    const types = faultTypes.map(({ type }) => type);
    const told = tableOf("Fault ").flatMap(([fault = ""]) => quoted(fault.replace(/: .*/, "")));
    const known = new Set<string>([...types, "times", "Retry-After", "event_id", "server_error"]);
    for (const fault of told) assert.ok(known.has(fault), fault);
    for (const type of types) assert.ok(told.includes(type), type);
  });

  it("name every group of events", () => {
    const help = helpOf("filter");
    for (const { name } of eventGroups) assert.match(help, new RegExp(`<li><code>${name}</code>`));
    assert.equal(help.match(/<li>/g)?.length, eventGroups.length);
  });

  it("name no code of an error that there is not", () => {
    const source = ["lib", "nodes"]
      .flatMap((folder) =>
        readdirSync(join(project, folder), { recursive: true, encoding: "utf8" })
          .filter((file) => file.endsWith(".ts"))
          .map((file) => readFileSync(join(project, folder, file), "utf8")),
      )
      .join();
    for (const code of tableOf("Code ").flatMap(([codes]) => quoted(codes)))
      assert.ok(source.includes(`"${code}"`) || /^http_\d+$/.test(code), code);
  });

  it("name no event that there is not", () => {
    const texts = readdirSync(join(project, "nodes/locales/en-US"))
      .filter((file) => file.endsWith(".html"))
      .flatMap((file) => codeIn(helpOf(file.replace(".html", ""))));
    const events = [...quoted(readme), ...texts].filter((name) =>
      /^(?:conversation|response|input_audio_buffer|output_audio_buffer|rate_limits)(?:\.[a-z_]+)+$/.test(
        name,
      ),
    );
    assert.ok(events.length > 5);
    const members = new Set(["response.instructions", "response.status"]);
    for (const name of events) assert.ok(eventTypes.has(name) || members.has(name), name);
  });

  it("tell the date of the list of prices, and prices as the list has them", () => {
    assert.ok(readme.includes(`a list of ${PRICE_LIST_DATE} in this package`));
    const [, example = ""] = /<pre>([^]*?)<\/pre>/.exec(helpOf("endpoint")) ?? [];
    const prices = parsePrices(example);
    assert.ok(prices.size > 0);
    for (const [model, price] of prices) assert.deepEqual(price, PRICE_LIST.get(model), model);
  });
});
