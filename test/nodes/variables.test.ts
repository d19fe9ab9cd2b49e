import assert from "node:assert/strict";
import type { EndpointNode } from "../../nodes/endpoint";
import type { SessionNode } from "../../nodes/session";
import {
  builtIn,
  collect,
  completed,
  flow,
  lastStatus,
  load,
  nodeById,
  openSession,
  refused,
  unload,
  useNodeRed,
  type FlowNode,
} from "../support/canvas";

/** A variable of the tab, with the type that a person has chosen for it. */
interface Variable {
  readonly type: "str" | "num" | "bool" | "json";
  readonly value: string;
}

/** A tab with the variable `V`, and these nodes on it, config nodes too: their fields may name it. */
function tabWith({ type, value }: Variable, ...nodes: FlowNode[]): FlowNode[] {
  return flow(...nodes).map((node) => {
    if (node.type === "tab") return { ...node, env: [{ name: "V", type, value }] };
    return node.type.startsWith("openai-realtime-") ? { ...node, z: "tab" } : node;
  });
}

const endpoint = (config: object): FlowNode => ({
  id: "e",
  type: "openai-realtime-endpoint",
  ...config,
});

const session = (config: object): FlowNode => ({
  id: "s",
  type: "openai-realtime-session",
  endpoint: "e",
  ...config,
});

const connect: FlowNode = { id: "c", type: "openai-realtime-connect", session: "s" };

const number: Variable = { type: "num", value: "7" };
const object: Variable = { type: "json", value: '{"city": "Bonn"}' };

/** The last error that a node told of. */
function lastError(id: string): string {
  const spy: unknown = Reflect.get(nodeById(id), "error");
  const { args } = spy as { args: [Error][] };
  return String(args.at(-1)?.[0].message);
}

describe("variables of a tab that are no text", () => {
  useNodeRed();

  const target = async (): Promise<Awaited<ReturnType<EndpointNode["target"]>>> =>
    await (nodeById("e") as EndpointNode).target({ kind: "model", model: "m" });

  const settings = async (): Promise<object> =>
    (await (nodeById("s") as SessionNode).overHttp()).settings;

  it("are the values of a prompt's variables, and the metadata of a trace", async () => {
    const config = { tracing: "named", tracingMetadata: "${V}", promptId: "p", model: "m" };
    await load(
      tabWith(
        object,
        endpoint({ kind: "compatible", url: "ws://localhost:1/v1/realtime" }),
        session({ ...config, promptVariables: "${V}" }),
        connect,
      ),
    );
    assert.deepEqual(await settings(), {
      type: "realtime",
      model: "m",
      prompt: { id: "p", variables: { city: "Bonn" } },
      tracing: { metadata: { city: "Bonn" } },
    });
  });

  it("are the prices of an endpoint", async () => {
    const prices: Variable = { type: "json", value: '{"m": {"minute": 2}}' };
    const config = { kind: "compatible", url: "ws://localhost:1/v1/realtime", prices: "${V}" };
    await load(tabWith(prices, endpoint(config), session({}), connect));
    assert.deepEqual((await target()).prices?.get("m"), { minute: 2 });
  });

  it("are the JSON Schema of a tool", async () => {
    const schema: Variable = {
      type: "json",
      value: '{"properties": {"room": {"enum": ["attic"]}}}',
    };
    await load(
      tabWith(schema, ...builtIn, {
        id: "t",
        type: "openai-realtime-tool",
        session: "s",
        tool: "light",
        parametersMode: "schema",
        schema: "${V}",
        roomArgument: "room",
      }),
    );
    assert.equal(lastStatus("t"), "status.registered");
  });

  it("are what stands in the rows of a list", async () => {
    const parameter = { name: "level", type: "number", choices: "${V}", required: true };
    const tool = { id: "t", type: "openai-realtime-tool", session: "s", tool: "light" };
    const rule = { match: "group", group: "${V}" };
    const levels: Variable = { type: "str", value: "1, 2" };
    await load(tabWith(levels, ...builtIn, { ...tool, parameters: [parameter] }));
    assert.equal(lastStatus("t"), "status.registered");
    await unload();

    const address: Variable = { type: "str", value: "https://host/mcp" };
    const mcpServers = [{ label: "a", url: "${V}" }];
    await load(
      tabWith(
        address,
        endpoint({ kind: "compatible", url: "ws://localhost:1/v1/realtime" }),
        session({ mcpServers }),
        connect,
      ),
    );
    assert.partialDeepStrictEqual(await settings(), {
      tools: [{ server_url: "https://host/mcp" }],
    });
    await unload();

    const group: Variable = { type: "str", value: "response.*" };
    const filter: FlowNode = { id: "f", type: "openai-realtime-filter", rules: [rule] };
    await load(tabWith(group, { ...filter, wires: [["out"]] }, { id: "out", type: "helper" }));
    const events = collect("out");
    await completed("f", { payload: { type: "response.done" } });
    assert.equal(events.length, 1);
  });

  it("are a list of the words to expect", async () => {
    const words: Variable = { type: "json", value: '["Bonn", "Rhine"]' };
    const config = { kind: "transcription", transcriptionKeywords: "${V}" };
    await load(
      tabWith(
        words,
        endpoint({ kind: "compatible", url: "ws://localhost:1/v1/realtime" }),
        session(config),
        connect,
      ),
    );
    assert.deepEqual(await settings(), {
      type: "transcription",
      audio: { input: { transcription: { keywords: ["Bonn", "Rhine"] } } },
    });
  });

  it("are written out where they are numbers", async () => {
    await load(
      tabWith(
        number,
        endpoint({ kind: "azure", url: "${V}" }),
        session({ model: "${V}", promptId: "p", promptVersion: "${V}", voice: "${V}" }),
        connect,
      ),
      { e: { apiKey: "${V}" } },
    );
    const { url, headers } = await target();
    assert.equal(url, "wss://7.openai.azure.com/openai/v1/realtime?model=m");
    assert.equal(headers["api-key"], "7");
    assert.deepEqual(await settings(), {
      type: "realtime",
      model: "7",
      prompt: { id: "p", version: "7" },
      audio: { output: { voice: "7" } },
    });
  });

  it("are written out where they are numbers of a server with an address of its own", async () => {
    const config = { kind: "compatible", url: "ws://localhost:1/v1/realtime" };
    const form = { ...config, organization: "${V}", project: "${V}", subprotocols: "${V}" };
    await load(tabWith(number, endpoint(form), session({ model: "m" }), connect));
    const { headers, subprotocols } = await target();
    assert.deepEqual(headers, { "OpenAI-Organization": "7", "OpenAI-Project": "7" });
    assert.deepEqual(subprotocols, ["7"]);
  });

  for (const [what, nodes] of [
    ["url", [endpoint({ kind: "compatible", url: "${V}" }), session({})]],
    ["keyHeader", [endpoint({ kind: "xai", keyHeader: "${V}" }), session({ model: "m" })]],
    ["model", [endpoint({ kind: "built-in" }), session({ model: "${V}" })]],
    ["voice", [endpoint({ kind: "built-in" }), session({ voice: "${V}" })]],
    [
      "transcriptionKeywords",
      [
        endpoint({ kind: "built-in" }),
        session({ transcription: "on", transcriptionKeywords: "${V}" }),
      ],
    ],
  ] as const) {
    it(`are refused by name where they can be no ${what}`, async () => {
      await load(tabWith(object, ...nodes, connect), { e: { apiKey: "k" } });
      assert.equal(lastStatus("c"), "status.invalid-settings");
      const { code, message } = await refused("c", { action: "connect" });
      assert.equal(code, "invalid_settings");
      assert.match(message, new RegExp(`^${what} must be a `));
    });
  }

  it("are refused where they are no object for a prompt's variables", async () => {
    const config = { promptId: "p", promptVariables: "${V}" };
    await load(tabWith(number, endpoint({ kind: "built-in" }), session(config), connect));
    const { code, message } = await refused("c", { action: "connect" });
    assert.equal(code, "invalid_settings");
    assert.match(message, /^session\.prompt\.variables is a number, but must be /);
  });

  for (const field of ["sentences", "roomArgument", "schema"] as const) {
    it(`are refused as the ${field} of a tool where they are none`, async () => {
      const schema = field === "schema" ? { parametersMode: "schema", schema: "${V}" } : {};
      const variable = field === "schema" ? number : object;
      const tool = { id: "t", type: "openai-realtime-tool", session: "s", tool: "light" };
      await load(tabWith(variable, ...builtIn, { ...tool, [field]: "${V}", ...schema }));
      assert.equal(lastStatus("t"), "status.invalid");
      assert.match(lastError("t"), /must be an? (?:text|object)$/);
    });
  }

  describe("in the place of a list", () => {
    const names: Variable = { type: "str", value: "response.done" };
    const filter: FlowNode = { id: "f", type: "openai-realtime-filter", rules: "${V}" };

    for (const [what, variable] of [
      ["separated by commas", { type: "str", value: "session.created, response.*" }],
      ["in a list", { type: "json", value: '["session.created", "response.*"]' }],
    ] as const) {
      it(`are the names of events, ${what}`, async () => {
        const wires = [["events"]];
        const probe: FlowNode = { id: "events", type: "helper" };
        const chosen = { ...connect, emit: "chosen", events: "${V}", wires };
        await load(tabWith(variable, ...builtIn, chosen, probe));
        const events = collect("events");
        await openSession();
        assert.deepEqual(
          events.map(({ topic }) => topic),
          ["session.created"],
        );
      });
    }

    it("are refused as the names of events where they are none", async () => {
      await load(tabWith(object, ...builtIn, { ...connect, emit: "chosen", events: "${V}" }));
      assert.equal(lastStatus("c"), "status.invalid-settings");
      assert.equal(lastError("c"), "events must be a list of texts");
      const { code } = await refused("c", { action: "connect" });
      assert.equal(code, "invalid_settings");
    });

    it("are refused as the rules of a filter", async () => {
      await load(tabWith(names, filter));
      assert.equal(lastStatus("f"), "status.invalid-settings");
      assert.equal(lastError("f"), "rules must be a list");
      const { code, message } = await refused("f", { payload: { type: "response.done" } });
      assert.deepEqual([code, message], ["invalid_settings", "rules must be a list"]);
    });

    it("are refused as the members of an event", async () => {
      const send = {
        id: "n",
        type: "openai-realtime-send",
        mode: "event",
        event: "response.create",
      };
      await load(tabWith(names, ...builtIn, { ...send, session: "s", fields: "${V}" }));
      const { code, message } = await refused("n", {});
      assert.deepEqual([code, message], ["invalid_settings", "fields must be a list"]);
    });

    it("are refused as the parameters of a tool", async () => {
      const tool = { id: "t", type: "openai-realtime-tool", session: "s", tool: "light" };
      await load(tabWith(names, ...builtIn, { ...tool, parameters: "${V}" }));
      assert.equal(lastStatus("t"), "status.invalid");
      assert.equal(lastError("t"), "parameters must be a list");
    });

    const own = { kind: "compatible", url: "ws://localhost:1/v1/realtime" };

    for (const [what, server, form, problem] of [
      ["MCP servers of a session", {}, { mcpServers: "${V}" }, "mcpServers must be a list"],
      [
        "headers of an MCP server",
        {},
        { mcpServers: [{ label: "a", headers: "${V}" }] },
        "headers must be a list of texts",
      ],
      ["headers of an endpoint", { headers: "${V}" }, {}, "headers must be a list of texts"],
    ] as const) {
      it(`are refused as the ${what}`, async () => {
        await load(tabWith(object, endpoint({ ...own, ...server }), session(form), connect));
        const { code, message } = await refused("c", { action: "connect" });
        assert.deepEqual([code, message], ["invalid_settings", problem]);
      });
    }

    it("are the names of an endpoint's headers", async () => {
      const headers: Variable = { type: "str", value: "X-Room, X-Floor" };
      await load(tabWith(headers, endpoint({ ...own, headers: "${V}" }), session({}), connect), {
        e: { headerValues: '{"X-Room": "attic", "X-Floor": "2"}' },
      });
      const { headers: sent } = await target();
      assert.deepEqual([sent["X-Room"], sent["X-Floor"]], ["attic", "2"]);
    });
  });

  it("are refused as instructions of an announcement, and as a language", async () => {
    const instructions = { id: "n", type: "openai-realtime-send", mode: "announcement" };
    const language = { id: "k", type: "openai-realtime-client-secret", opens: "translation" };
    await load(
      tabWith(
        object,
        endpoint({ kind: "compatible", url: "ws://localhost:1/v1/realtime" }),
        session({}),
        { ...instructions, session: "s", instructions: "${V}" },
        { ...language, session: "s", language: "${V}" },
      ),
    );
    for (const [id, name] of [
      ["n", "instructions"],
      ["k", "language"],
    ] as const) {
      const { code, message } = await refused(id, { payload: "hello" });
      assert.equal(code, "invalid_settings");
      assert.equal(message, `${name} must be a text`);
    }
  });
});

describe("choices that there are not, in nodes that were written by hand", () => {
  useNodeRed();

  for (const [type, field, value, choices] of [
    ["connect", "emit", "everything", "all, no-audio, chosen"],
    ["connect", "start", "boot", "demand, deploy"],
    ["audio-out", "deliver", "speaker", "stream, paced, wav, url"],
    ["audio-out", "encoding", "mp3", "audio/pcm, audio/pcmu, audio/pcma"],
    ["filter", "checkall", "never", "true, false"],
    ["filter", "output", "text", "event, useful"],
    ["tool-result", "mode", "approve", "result, decision"],
    ["tool-result", "respond", "no", "model, none, instructions"],
  ] as const) {
    it(`are refused as ${field} of a ${type} node`, async () => {
      const node = { id: "n", type: `openai-realtime-${type}`, session: "s", [field]: value };
      await load(flow(...builtIn, node));
      assert.equal(lastStatus("n"), "status.invalid-settings");
      const { code, message } = await refused("n", {});
      assert.deepEqual([code, message], ["invalid_settings", `${field} must be one of ${choices}`]);
    });
  }

  for (const [type, field, value, choices] of [
    ["audio-in", "gate", "close", "mute, open"],
    ["client-secret", "opens", "door", "session, translation"],
  ] as const) {
    it(`are refused as ${field} by ${type} when a message comes`, async () => {
      const node = { id: "n", type: `openai-realtime-${type}`, session: "s", [field]: value };
      await load(flow(...builtIn, node));
      const { code, message } = await refused("n", { payload: Buffer.alloc(2) });
      assert.deepEqual([code, message], ["invalid_settings", `${field} must be one of ${choices}`]);
    });
  }

  it("are refused as parametersMode of a tool", async () => {
    const tool = { id: "t", type: "openai-realtime-tool", session: "s", tool: "light" };
    await load(flow(...builtIn, { ...tool, parametersMode: "json", schema: "{}" }));
    assert.equal(lastStatus("t"), "status.invalid");
    assert.equal(lastError("t"), "parametersMode must be one of list, schema");
  });
});
