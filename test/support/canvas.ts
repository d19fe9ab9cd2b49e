import assert from "node:assert/strict";
import { once, type EventEmitter } from "node:events";
import { dirname, join } from "node:path";
import helper from "node-red-node-test-helper";
import call from "../../nodes/call";
import clientSecret from "../../nodes/client-secret";
import audioIn from "../../nodes/audio-in";
import type { Node, NodeAPI, NodeMessage } from "node-red";
import audioOut from "../../nodes/audio-out";
import connect from "../../nodes/connect";
import endpoint from "../../nodes/endpoint";
import filter from "../../nodes/filter";
import send from "../../nodes/send";
import session from "../../nodes/session";
import tool from "../../nodes/tool";
import toolResult from "../../nodes/tool-result";

/** What a probe or a Catch node got. */
export type Message = { payload?: any; topic?: string } & Record<string, any>;

/** A node of a flow as it is stored. */
export type FlowNode = { id: string; type: string; z?: string } & Record<string, unknown>;

const nodeSets = [
  endpoint,
  session,
  connect,
  send,
  filter,
  tool,
  toolResult,
  clientSecret,
  call,
  audioIn,
  audioOut,
];

/** Starts a real Node-RED for the tests of a `describe`; NODE_RED chooses the version. */
export function useNodeRed(): void {
  let isStarted = false;
  before((done) => {
    helper.init(require.resolve(process.env["NODE_RED"] ?? "node-red"));
    isStarted = true;
    helper.startServer(done);
  });
  after((done) => {
    // Where the tests are skipped, the server is that of an earlier file, and stopped already.
    if (isStarted) helper.stopServer(done);
    else done();
  });
  afterEach(async () => {
    await helper.unload();
    for (const end of afterThis.splice(0)) end();
  });
}

/** What a test leaves to be ended after it. */
const afterThis: (() => void)[] = [];

/** A tab with a Catch node ("catch" → probe "caught") and whatever is given. */
export function flow(...nodes: FlowNode[]): FlowNode[] {
  const canvas: FlowNode[] = [
    { id: "catch", type: "catch", scope: null, uncaught: false, wires: [["caught"]] },
    { id: "caught", type: "helper" },
    { id: "complete", type: "complete", scope: nodes.map(({ id }) => id), wires: [["completed"]] },
    { id: "completed", type: "helper" },
    ...nodes,
  ];
  // A node without a place on a tab counts as a config node.
  return [
    { id: "tab", type: "tab", label: "test" },
    ...canvas.map((node) => (isConfig(node) ? node : { z: "tab", x: 1, y: 1, wires: [], ...node })),
  ];
}

const isConfig = ({ type }: FlowNode): boolean =>
  type === "openai-realtime-endpoint" || type === "openai-realtime-session";

/** Endpoint "e" on the built-in server, session "s" on it. */
export const builtIn: FlowNode[] = [
  { id: "e", type: "openai-realtime-endpoint", kind: "built-in", headers: [] },
  { id: "s", type: "openai-realtime-session", endpoint: "e", model: "", output: "text" },
];

/** Endpoint "e" on a server at this address, session "s" on it. */
export const compatible = (url: string, session: Partial<FlowNode> = {}): FlowNode[] => [
  { id: "e", type: "openai-realtime-endpoint", kind: "compatible", url, dialect: "ga" },
  { id: "s", type: "openai-realtime-session", endpoint: "e", model: "", ...session },
];

/** Connect node "c", which gives every event of session "s" to a probe. */
export const watched = (probe = "events"): FlowNode[] => [
  { id: "c", type: "openai-realtime-connect", session: "s", emit: "all", wires: [[probe]] },
  { id: probe, type: "helper" },
];

/** A send node that says `msg.payload` for the user in session "s", and asks for an answer. */
export const userWords = (id: string): FlowNode => ({
  id,
  type: "openai-realtime-send",
  session: "s",
  mode: "text",
  text: "payload",
  textType: "msg",
  respond: true,
});

export async function load(
  nodes: FlowNode[],
  credentials: Record<string, Record<string, string>> = {},
  coreSets: readonly string[] = [],
): Promise<void> {
  const sets = [serveHttpNodes, ...nodeSets, ...coreSets.map(coreNode)];
  await helper.load(sets as never, nodes as never, credentials as never);
}

/** The helper's server answers nothing; Node-RED's own serves what nodes offer over HTTP. */
function serveHttpNodes({ httpNode }: NodeAPI): void {
  Reflect.set(helper, "_app", httpNode);
}

/** A core node of the Node-RED under test, e.g. "function/10-function": the helper loads few itself. */
function coreNode(name: string): unknown {
  const runtime = require.resolve(process.env["NODE_RED"] ?? "node-red");
  const manifest = require.resolve("@node-red/nodes/package.json", { paths: [dirname(runtime)] });
  return require(join(dirname(manifest), "core", name)) as unknown;
}

/** Removes the flow, for a test that loads another one. */
export async function unload(): Promise<void> {
  await helper.unload();
}

/**
 * Deploys the changed nodes only, as "Modified Nodes" does, or all; resolves when the flows have started.
 * The helper's own function gives up after 300 ms, and a busy machine may need more to start them.
 */
export async function deploy(nodes: FlowNode[], what: "nodes" | "full" = "nodes"): Promise<void> {
  const started = once(Reflect.get(helper, "_events") as EventEmitter, "flows:started");
  const runtime = Reflect.get(helper, "_redNodes") as {
    setFlows(nodes: FlowNode[], credentials: object, what: string): Promise<unknown>;
  };
  await runtime.setFlows(nodes, {}, what);
  await started;
}

export function nodeById(id: string): Node {
  const node = helper.getNode(id) as Node | undefined;
  assert.ok(node, `no node ${id}`);
  return node;
}

/** Puts a message into a node as a wire would. */
export function give(id: string, message: object): void {
  nodeById(id).receive(message as NodeMessage);
}

/**
 * The next message of a probe that fits. Ask before the message can come: what came earlier is not
 * seen.
 */
export function next(
  id: string,
  fits: (message: Message) => boolean = () => true,
): Promise<Message> {
  const node: EventEmitter = nodeById(id);
  return new Promise((resolve) => {
    const take = (message: Message): void => {
      if (!fits(message)) return;
      node.off("input", take);
      resolve(message);
    };
    node.on("input", take);
  });
}

/** Calls a listener with everything that reaches a probe. */
export function onInput(id: string, listener: (message: Message) => void): void {
  const node: EventEmitter = nodeById(id);
  node.on("input", listener);
}

/** Gives a message to a node; resolves with what the Complete node gets when its work is done. */
export async function completed(id: string, message: object): Promise<Message> {
  const done = next("completed");
  give(id, message);
  return await done;
}

/** Gives a message to a node; resolves with the error of that node that Catch gets. */
export async function refused(id: string, message: object): Promise<Message["error"]> {
  const caught = next("caught", ({ error }) => error.source.id === id);
  give(id, message);
  return (await caught)["error"];
}

/** Has connect node "c" open its session; resolves when that is ready. */
export async function openSession(): Promise<void> {
  const ready = status("c", "status.ready");
  give("c", { action: "connect" });
  await ready;
}

/** Collects everything that reaches a probe. */
export function collect(id: string): Message[] {
  const messages: Message[] = [];
  onInput(id, (message) => messages.push(message));
  return messages;
}

/** The next status of a node with this text. */
export function status(id: string, text: string): Promise<{ fill?: string; shape?: string }> {
  const node: EventEmitter = nodeById(id);
  return new Promise((resolve) => {
    const take = (call: { args: [{ fill?: string; shape?: string; text?: string }] }): void => {
      const [shown] = call.args;
      if (shown.text !== text) return;
      node.off("call:status", take);
      resolve(shown);
    };
    node.on("call:status", take);
  });
}

/** The text of the status that a node shows now. */
export function lastStatus(id: string): string | undefined {
  const node = nodeById(id);
  // One spy watches the method of all nodes.
  const spy: unknown = Reflect.get(node, "status");
  const { args, thisValues } = spy as { args: [{ text?: string }][]; thisValues: unknown[] };
  return args[thisValues.lastIndexOf(node)]?.[0].text;
}

/**
 * From now on, the text of the status that the editor shows at a node: that of one before it under its
 * id too, until it has another one.
 */
export function statusesInEditor(): (id: string) => string | undefined {
  const events = Reflect.get(helper, "_events") as EventEmitter;
  const texts = new Map<string, string | undefined>();
  const take = ({ id, status }: { id: string; status?: { text?: string } }): void => {
    texts.set(id, status?.text);
  };
  events.on("node-status", take);
  afterThis.push(() => events.off("node-status", take));
  return (id) => texts.get(id);
}

export const topicIs = (topic: string) => (message: Message) => message.topic === topic;
