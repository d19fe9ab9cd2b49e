import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startLocalServer, type LocalServer } from "../../lib/index";
import pkg from "../../package.json";
import { freePort, project } from "../support/node-red";

/** What must never be seen. Their beginnings are looked for, so that half of one is found too. */
const secrets = { key: "sk-KEYabc", wrongKey: "sk-WRONGabc", header: "HDRabc", query: "QRYabc" };
const visible = /sk-KEY|sk-WRONG|HDRa/;

describe("secrets, in a Node-RED that logs everything", () => {
  const runtime = process.env["NODE_RED"] ?? "node-red";
  const folder = mkdtempSync(join(tmpdir(), "realtime-secrets-"));
  let server: LocalServer;
  let nodeRed: ChildProcess;
  let url = "";
  let output = "";
  const waiting = new Set<() => void>();

  /** Resolves when Node-RED has printed a text. */
  const printed = (text: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!output.includes(text)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });

  before(async () => {
    assert.ok(existsSync(join(project, "dist")), "the package is not built: npm run build");
    server = await startLocalServer({ token: secrets.key });
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    install(folder, port);
    nodeRed = spawn(process.execPath, [
      join(project, "node_modules", runtime, "red.js"),
      "--userDir",
      folder,
    ]);
    const take = (chunk: Buffer): void => {
      output += chunk.toString();
      for (const look of waiting) look();
    };
    nodeRed.stdout?.on("data", take);
    nodeRed.stderr?.on("data", take);
    await printed("Started flows");
    output = "";
    const deployed = await fetch(`${url}/flows`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Node-RED-Deployment-Type": "full" },
      body: JSON.stringify(flows()),
    });
    assert.ok(deployed.ok);
    await Promise.all(["READY", "invalid_api_key", "invalid_event"].map(printed));
  });

  after(async () => {
    const exited = new Promise((resolve) => {
      nodeRed.once("exit", resolve);
    });
    nodeRed.kill("SIGTERM");
    await exited;
    await server.close();
    rmSync(folder, { recursive: true });
  });

  /** One endpoint that connects, one with a wrong key, and a debug node that prints every error. */
  function flows(): object[] {
    const endpoint = (id: string, apiKey: string): object => ({
      id,
      type: "openai-realtime-endpoint",
      kind: "compatible",
      url: `${server.url}?k=${secrets.query}`,
      dialect: "ga",
      headers: ["X-Room"],
      credentials: { apiKey, headerValues: JSON.stringify({ "X-Room": secrets.header }) },
    });
    const session = (id: string, of: string): object => ({
      id,
      type: "openai-realtime-session",
      endpoint: of,
      model: "",
      output: "text",
    });
    const node = (id: string, type: string, members: object): object => ({
      id,
      type,
      z: "tab",
      x: 1,
      y: 1,
      wires: [],
      ...members,
    });
    const debug = {
      active: true,
      tosidebar: true,
      console: true,
      complete: "true",
      targetType: "full",
    };
    return [
      { id: "tab", type: "tab", label: "secrets" },
      endpoint("e", secrets.key),
      endpoint("e2", secrets.wrongKey),
      session("s", "e"),
      session("s2", "e2"),
      node("c", "openai-realtime-connect", { session: "s", start: "deploy", wires: [["events"]] }),
      node("c2", "openai-realtime-connect", { session: "s2", start: "deploy" }),
      node("events", "change", {
        rules: [{ t: "set", p: "payload", pt: "msg", to: "READY", tot: "str" }],
        wires: [["seen", "n"]],
      }),
      node("seen", "debug", debug),
      node("n", "openai-realtime-send", { session: "s", mode: "message" }),
      node("catch", "catch", { scope: null, uncaught: false, wires: [["caught"]] }),
      node("caught", "debug", debug),
    ];
  }

  it("are not in the log at trace level, nor in the text of an error", () => {
    assert.match(output, /invalid_api_key/);
    assert.doesNotMatch(output, visible);
    assert.ok(!output.includes(secrets.query), "nor is the query of an address");
  });

  it("are not in what the editor and an export get", async () => {
    for (const path of ["/flows", "/flow/tab", "/flow/global"]) {
      const answer = await fetch(url + path);
      assert.ok(answer.ok, path);
      const text = await answer.text();
      assert.match(text, /openai-realtime/);
      assert.doesNotMatch(text, visible, path);
    }
    const credentials = await fetch(`${url}/credentials/openai-realtime-endpoint/e`);
    assert.deepEqual(await credentials.json(), { has_apiKey: true, has_headerValues: true });
  });

  it("are not in the files of the user folder in plain text", () => {
    for (const file of ["flows.json", "flows_cred.json"])
      assert.doesNotMatch(readFileSync(join(folder, file), "utf8"), visible, file);
  });
});

/** Makes a user folder with this package in it, and settings that log all there is. */
function install(folder: string, port: number): void {
  const link = join(folder, "node_modules", pkg.name);
  mkdirSync(join(link, ".."), { recursive: true });
  symlinkSync(project, link, "junction");
  const manifest = { name: "secrets-test", private: true, dependencies: { [pkg.name]: "*" } };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  const settings = {
    uiHost: "127.0.0.1",
    uiPort: port,
    flowFile: "flows.json",
    credentialSecret: "of this test only",
    telemetry: { enabled: false },
    logging: { console: { level: "trace", metrics: true, audit: true } },
  };
  writeFileSync(join(folder, "settings.js"), `module.exports = ${JSON.stringify(settings)};`);
}
