import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import vm from "node:vm";
import { endpointPresets, faultTypes } from "../../lib/index";
import pkg from "../../package.json";

interface Property {
  value?: unknown;
  type?: string;
  validate?: (this: object, value: unknown, opt?: object) => unknown;
}

interface Definition {
  category: string;
  color?: string;
  icon?: string;
  inputs?: number;
  outputs?: number;
  paletteLabel?: string;
  defaults: Record<string, Property>;
  credentials?: Record<string, unknown>;
  label: (this: object) => string;
  inputLabels?: (this: object) => string;
  outputLabels?: (this: object, index: number) => string;
}

/** Scripts that a form loads from this package's `resources`, which Node-RED serves under its name. */
const SHARED = /<script src="resources\/([^"]+)"><\/script>/g;

function sharedScript(path: string): string {
  assert.ok(path.startsWith(`${pkg.name}/`), path);
  return readFileSync(join("resources", path.slice(pkg.name.length)), "utf8");
}

/** Runs the editor's half of a node with a stand-in for RED and returns what it registered. */
function editorDefinitions(html: string): Map<string, Definition> {
  const found = new Map<string, Definition>();
  const RED = {
    settings: {
      openaiRealtimeEndpointPresets: endpointPresets,
      openaiRealtimeEndpointFaults: faultTypes,
    },
    // The editor's own check of a value with a type, as far as the values below need it.
    utils: {
      validateTypedProperty: (value: unknown, _type: string, opt?: { label: string }) =>
        !String(value).endsWith("[") || `${opt?.label}: Unterminated expression`,
    },
    // No form is open.
    editor: { getEditStack: () => [] },
    nodes: {
      registerType: (type: string, definition: Definition) => found.set(type, definition),
      // An endpoint whose id is its kind of server.
      node: (id: string) => ({ kind: id || "openai" }),
    },
  };
  const page = vm.createContext({ RED });
  vm.runInContext("window = globalThis", page);
  for (const [, path = ""] of html.matchAll(SHARED)) vm.runInContext(sharedScript(path), page);
  for (const [, code] of html.matchAll(/<script type="text\/javascript">([\s\S]*?)<\/script>/g))
    vm.runInContext(code ?? "", page);
  return found;
}

/** The nodes of a type in all examples. */
function exampleNodes(type: string): { file: string; node: { id: string; type: string } }[] {
  return readdirSync("examples").flatMap((file) => {
    const nodes = JSON.parse(readFileSync(join("examples", file), "utf8")) as {
      id: string;
      type: string;
    }[];
    return nodes.filter((node) => node.type === type).map((node) => ({ file, node }));
  });
}

function lookUp(catalogue: unknown, key: string): unknown {
  return key
    .split(".")
    .reduce<unknown>(
      (at, part) => (typeof at === "object" && at !== null ? Reflect.get(at, part) : undefined),
      catalogue,
    );
}

/** A rule of the filter that compares a member. */
const compared = (members: object): object => ({
  match: "type",
  type: "response.done",
  test: true,
  member: "response.status",
  ...members,
});

/** Where turns end after silence: the only place of some fields of a session. */
const SILENCE = { turnDetection: "server_vad" };

/** Values that no one may type, by node and property; what else must hold for the rule to apply. */
const bad: Record<string, [property: string, value: unknown, others?: object][]> = {
  endpoint: [
    ["url", "http://host", { kind: "compatible" }],
    ["url", "", { kind: "compatible" }],
    ["url", "wss://user:password@host/", { kind: "compatible" }],
    ["url", "ws://example.com/v1", { kind: "compatible", credentials: { has_apiKey: true } }],
    ["url", "ws://example.com/v1", { kind: "compatible", keyFrom: "env", keyName: "KEY" }],
    ["url", "ws://example.com/v1", { kind: "compatible", headers: ["X-Token"] }],
    ["url", "my resource", { kind: "azure" }],
    ["url", "ftp://host", { kind: "azure" }],
    ["keyName", " ", { kind: "openai", keyFrom: "global" }],
    ["keyHeader", "a b", { kind: "openai" }],
    ["headers", ["a b"], { kind: "openai" }],
    ["retryFirst", "0"],
    ["retryLongest", "x"],
    ["pingInterval", "-1"],
    ["prices", "{", { kind: "openai" }],
    ["prices", "4", { kind: "openai" }],
    ["prices", '{"m": {}}', { kind: "openai" }],
    ["prices", '{"m": {"txt": {"input": 1}}}', { kind: "openai" }],
    ["prices", '{"m": {"text": {"output": 1}}}', { kind: "openai" }],
    ["prices", '{"m": {"text": {"input": 1, "ouput": 1}}}', { kind: "openai" }],
    ["prices", '{"m": {"minute": "1"}}', { kind: "openai" }],
    ["fault", { type: "nap" }],
    ["fault", { type: "stall", ms: 0 }],
    ["fault", { type: "stall", ms: 0 }, { kind: undefined }],
    ["fault", { type: "stall", times: 1.5 }],
    ["fault", { type: "refuse_handshake", status: 402 }],
    ["fault", { type: "refuse_event", withEventId: 1 }],
  ],
  session: [
    ["kind", "conversation", { endpoint: "vllm" }],
    ["kind", undefined, { endpoint: "vllm" }],
    ["kind", "transcription", { endpoint: "xai" }],
    ["model", " "],
    ["callsPerTurn", "129"],
    ["idleClose", "-1"],
    ["openLimit", "x"],
    ["renewMargin", "1441"],
    ["preRoll", "60001"],
    ["sendWithin", "0"],
    ["speed", "2"],
    ["threshold", "x", SILENCE],
    ["prefixPadding", "-1", SILENCE],
    ["silenceDuration", "1.5", SILENCE],
    ["idleTimeout", "100", SILENCE],
    ["transcriptionLanguage", "English"],
    ["transcriptionLanguage", "English", { kind: "transcription", transcription: "off" }],
    ["toolChoiceName", "", { toolChoice: "function" }],
    ["mcpServers", [{ label: "a b", url: "https://host/mcp" }]],
    ["mcpServers", [{ label: "a", url: "http://host/mcp" }]],
    ["mcpServers", [{ label: "a", url: "https://user:password@host/mcp" }]],
    ["mcpServers", [{ label: "a", url: "https://host/mcp", headers: ["a b"] }]],
    [
      "mcpServers",
      [
        { label: "a", url: "https://host/mcp" },
        { label: "a", url: "https://host/mcp" },
      ],
    ],
    ["promptVariables", "{", { promptId: "p" }],
    ["tracingMetadata", "[]", { tracing: "named" }],
    ["maxOutputTokens", "5000"],
    ["retentionRatio", "2", { truncation: "retention_ratio" }],
    ["maxSessions", "0"],
    ["budget", "0"],
    ["budget", "much"],
  ],
  connect: [
    ["key", "x".repeat(65)],
    ["events", [], { emit: "chosen" }],
  ],
  send: [
    ["key", "x".repeat(65)],
    ["event", "", { mode: "event" }],
    ["fields", [{ name: "" }], { mode: "event" }],
    [
      "fields",
      [
        { name: "a", value: "", valueType: "str" },
        { name: "a", value: "", valueType: "str" },
      ],
      { mode: "event" },
    ],
    ["fields", [{ name: "a", value: "", valueType: "num" }], { mode: "event" }],
    ["fields", [{ name: "a", value: "one", valueType: "num" }], { mode: "event" }],
    ["fields", [{ name: "a", value: "{", valueType: "json" }], { mode: "event" }],
    ["text", "", { mode: "text" }],
    ["picture", "", { mode: "picture" }],
    ["answer", "", { mode: "approval" }],
    ["text", "payload[", { mode: "announcement" }],
    ["caption", "payload[", { mode: "picture" }],
  ],
  filter: [
    ["rules", [{ match: "type", type: "" }]],
    ["rules", [{ match: "group", group: "errors", test: true, member: "" }]],
    ["rules", [{ match: "group", group: "response" }]],
    ["rules", [compared({ operator: "eq", value: "x", valueType: "num" })]],
    ["rules", [compared({ operator: "lt", value: "x", valueType: "str" })]],
    ["rules", [compared({ operator: "eq", value: "", valueType: "msg" })]],
  ],
  tool: [
    ["tool", "has space"],
    ["tool", ""],
    ["description", "x".repeat(1025)],
    ["parameters", [{ name: "a b" }]],
    ["parameters", [{ name: "a" }, { name: "a" }]],
    ["parameters", [{ name: "a", type: "number", choices: "one" }]],
    ["parameters", [{ name: "a", type: "integer", choices: "1, 1.5" }]],
    ["parameters", [{ name: "a", type: "boolean", choices: "yes" }]],
    ["schema", "{", { parametersMode: "schema" }],
    ["schema", "[]", { parametersMode: "schema" }],
    ["schema", '{"type":"string"}', { parametersMode: "schema" }],
    ["schema", JSON.stringify({ $comment: "x".repeat(65_536) }), { parametersMode: "schema" }],
    ["sentences", "x".repeat(32_769)],
    ["roomArgument", "attic", { parameters: [{ name: "room" }] }],
    ["roomArgument", "attic", { parametersMode: "schema", schema: '{"properties":{"room":{}}}' }],
    ["roomArgument", "toString", { parametersMode: "schema", schema: '{"properties":{}}' }],
    ["roomArgument", "room", { parametersMode: "schema", schema: "{}" }],
    ["deadline", "0"],
  ],
  "tool-result": [
    ["instructions", " ", { respond: "instructions" }],
    ["tool", "a b"],
  ],
  "client-secret": [
    ["lifetime", "9"],
    ["lifetime", "7201"],
    ["lifetime", "60.5"],
    ["translationModel", " ", { opens: "translation" }],
    ["language", "Spanish, please", { opens: "translation" }],
  ],
  call: [
    ["callId", " "],
    ["statusCode", "200", { action: "reject" }],
    ["statusCode", "busy", { action: "" }],
    ["target", "", { action: "refer" }],
    ["target", "+14155550123", { action: "" }],
    ["target", " ", { action: "refer", targetType: "msg" }],
    ["target", "payload[", { action: "refer", targetType: "msg" }],
    ["callId", "payload["],
  ],
  "audio-in": [
    ["key", "x".repeat(65)],
    ["rate", "3999"],
    ["rate", "44.1"],
    ["channels", "0"],
    ["frame", "19"],
    ["frame", "101"],
    ["tail", "-1"],
  ],
  "audio-out": [
    ["key", "k".repeat(65)],
    ["rate", "7999"],
    ["rate", "24000.5"],
    ["rate", "fast", { deliver: "wav", encoding: "audio/pcma" }],
    ["address", "192.168.1.5:1880", { deliver: "url" }],
    ["address", "http://user:password@host", { deliver: "url" }],
  ],
};

/**
 * Values that look unusual, and that the runtime takes: so does the form. So are wrong ones in fields
 * that are not shown: nobody could mend them.
 */
const good: typeof bad = {
  endpoint: [
    ["fault", { type: "stall" }],
    ["url", "", { kind: undefined }],
    ["fault", { type: "stall", ms: 0 }, { kind: "openai" }],
    ["keyName", "", { kind: "built-in", keyFrom: "env" }],
    ["keyHeader", "a b", { kind: "built-in" }],
    ["headers", ["a b"], { kind: "built-in" }],
    ["prices", "{", { kind: "built-in" }],
    ...faultTypes.map(({ type, parameters }): [string, unknown] => [
      "fault",
      { type, ...Object.fromEntries(parameters.map(({ name, default: value }) => [name, value])) },
    ]),
  ],
  send: [
    ["fields", [{ name: "a", value: "${NUMBER}", valueType: "num" }], { mode: "event" }],
    ["fields", [{ name: "a", value: "${OBJECT}", valueType: "json" }], { mode: "event" }],
    ["text", "payload[", { mode: "message" }],
  ],
  session: [
    ["kind", "transcription", { endpoint: "vllm" }],
    ["kind", "conversation", { endpoint: "xai" }],
    ["kind", "transcription", { endpoint: "built-in" }],
    ["model", "", { endpoint: "vllm" }],
    ["threshold", "x", { turnDetection: "semantic_vad" }],
    ["prefixPadding", "-1"],
    ["silenceDuration", "-1", { turnDetection: "off" }],
    ["idleTimeout", "1", { ...SILENCE, kind: "transcription" }],
    ["promptVariables", "{"],
    ["tracingMetadata", "{", { tracing: "auto" }],
    ["retentionRatio", "2", { truncation: "auto" }],
    ["transcriptionLanguage", "English", { transcription: "off" }],
    ["speed", "9", { kind: "transcription" }],
    ["maxOutputTokens", "none", { kind: "transcription" }],
    ["mcpServers", [{ label: "a b" }], { kind: "transcription" }],
    ["toolChoiceName", "", { kind: "transcription", toolChoice: "function" }],
    ["callsPerTurn", "129", { kind: "transcription" }],
    ["mcpServers", [{ label: "a", url: "${MCP_ADDRESS}" }]],
  ],
  call: [["statusCode", "200", { action: "accept" }]],
  "client-secret": [["language", "Spanish, please", { opens: "session" }]],
  filter: [
    ["rules", [compared({ operator: "lt", value: "${LIMIT}", valueType: "num" })]],
    ["rules", [compared({ operator: "gt", value: " 1.5 ", valueType: "str" })]],
    ["rules", [{ match: "group", group: "${GROUP}" }]],
  ],
  tool: [["parameters", [{ name: "a", type: "number", choices: "${CHOICES}" }]]],
  "tool-result": [["instructions", "", { mode: "decision", respond: "instructions" }]],
  "audio-in": [
    ["rate", "fast", { input: "wav" }],
    ["channels", "0", { input: "wav" }],
  ],
  "audio-out": [
    ["address", "http://192.168.1.5:1880/", { deliver: "url" }],
    ["rate", "fast", { deliver: "paced", encoding: "audio/pcmu" }],
  ],
};

describe("editor", () => {
  for (const [name, file] of Object.entries(pkg["node-red"].nodes)) {
    const base = file.replace("dist/", "").replace(/\.js$/, "");
    const localised = base.replace("nodes/", "nodes/locales/en-US/");
    const html = readFileSync(`${base}.html`, "utf8");
    const help = readFileSync(`${localised}.html`, "utf8");
    const catalogue: unknown = JSON.parse(readFileSync(`${localised}.json`, "utf8"));
    const runtime = readFileSync(`${base}.ts`, "utf8");
    const [[type, definition] = assert.fail("nothing registered")] = editorDefinitions(html);
    const translate = (key: string): string => {
      const text = lookUp(catalogue, key);
      assert.equal(typeof text, "string", `${name}: no text for ${key}`);
      return String(text);
    };
    const nodeWith = (members: object): object => ({
      ...Object.fromEntries(
        Object.entries(definition.defaults).map(([property, { value }]) => [property, value]),
      ),
      ...members,
      _: translate,
    });

    describe(name, () => {
      it("has a form with a field for every property", () => {
        assert.equal(type, `openai-realtime-${name}`);
        assert.match(html, new RegExp(`data-template-name="${type}"`));
        const prefix = definition.category === "config" ? "node-config-input-" : "node-input-";
        for (const property of Object.keys({ ...definition.defaults, ...definition.credentials }))
          assert.match(html, new RegExp(`id="${prefix}${property}(?:-container)?"`), property);
      });

      it("can be read by the scorecard: an inline call with a literal type", () => {
        assert.match(html, new RegExp(`registerType\\("${type}", \\{`));
      });

      it("has help with a short beginning and core's sections", () => {
        assert.match(help, new RegExp(`data-help-name="${type}"`));
        const [, first = ""] = /<p>([\s\S]*?)<\/p>/.exec(help) ?? [];
        assert.ok(first.length > 20 && first.length < 250, "the first paragraph is the tooltip");
        assert.match(help, /<h3>Details<\/h3>/);
        if (definition.inputs) assert.match(help, /<h3>Inputs<\/h3>/);
        if (definition.outputs) assert.match(help, /<h3>Outputs<\/h3>/);
        assert.doesNotMatch(help, /<b>|<strong>/);
      });

      it("has a text for every key that form, validators, label and status use", () => {
        for (const [, list = ""] of html.matchAll(/data-i18n="([^"]+)"/g)) {
          for (const key of list.split(";").map((each) => each.replace(/^\[[^\]]+\]/, "")))
            if (!key.startsWith("node-red:")) translate(key);
        }
        for (const [, key = ""] of html.matchAll(/\b_\("([a-zA-Z-]+\.[\w.-]+)"/g)) translate(key);
        for (const [, key = ""] of runtime.matchAll(/"(status\.[\w.-]+)"/g)) translate(key);
        assert.ok(definition.label.call(nodeWith({})).length > 0);
      });

      it("has the texts of all statuses of a session", () => {
        if (!/showState|showMissingSession/.test(runtime)) return;
        const status = readFileSync("nodes/status.ts", "utf8");
        const keys = /showState/.test(runtime)
          ? [...status.matchAll(/"(status\.[\w.-]+)"/g)].map(([, key = ""]) => key)
          : ["status.no-session"];
        for (const key of keys) translate(key);
      });

      it("says why a value is wrong", () => {
        for (const [property, value, others = {}] of bad[name] ?? []) {
          const { validate } = definition.defaults[property] ?? {};
          assert.ok(validate, property);
          assert.equal(validate.length, 2, "a validator of one parameter cannot give a reason");
          const node = nodeWith({ ...others, [property]: value });
          const reason = validate.call(node, value, {});
          assert.ok(
            typeof reason === "string" && reason.length > 10,
            `${property}: ${String(reason)}`,
          );
          assert.equal(validate.call(node, value), false);
        }
        for (const [property, { validate, value }] of Object.entries(definition.defaults)) {
          if (validate === undefined || (name === "tool" && property === "tool")) continue;
          assert.equal(validate.call(nodeWith({}), value, {}), true, `default of ${property}`);
          assert.ok(
            bad[name]?.some(([tested]) => tested === property),
            `no bad value is tried for ${property}`,
          );
        }
      });

      it("says which field it is that is wrong", () => {
        const fields = new Map<string, string>();
        for (const [property, value, others = {}] of bad[name] ?? []) {
          const { validate } = definition.defaults[property] ?? {};
          const reason = validate?.call(nodeWith({ ...others, [property]: value }), value, {});
          assert.equal(fields.get(String(reason)) ?? property, property, String(reason));
          fields.set(String(reason), property);
          // Without a subject it stands in a list of all that is wrong with the node.
          assert.doesNotMatch(String(reason), /^(?:Must be|A whole number)/, property);
        }
      });

      it("takes what the runtime takes", () => {
        for (const [property, value, others = {}] of good[name] ?? []) {
          const node = nodeWith({ ...others, [property]: value });
          assert.equal(definition.defaults[property]?.validate?.call(node, value, {}), true);
        }
      });

      it("takes a number for the text that it is", () => {
        for (const [property, , others = {}] of [...(bad[name] ?? []), ...(good[name] ?? [])]) {
          const { value, validate } = definition.defaults[property] ?? {};
          if (typeof value === "string")
            validate?.call(nodeWith({ ...others, [property]: 7 }), 7, {});
        }
        const { key } = definition.defaults;
        if (key?.validate) assert.equal(key.validate.call(nodeWith({ key: 7 }), 7, {}), true);
      });

      it("stands in the examples with every property of its form", () => {
        for (const { file, node } of exampleNodes(type)) {
          for (const property of Object.keys(definition.defaults))
            assert.ok(property in node, `${file}: ${node.id} lacks ${property}`);
        }
      });

      it("takes nothing amiss that a node of an older version lacks", () => {
        const indispensable = ["url", "model", "tool", "callId"];
        for (const [property, { validate }] of Object.entries(definition.defaults)) {
          if (validate === undefined || indispensable.includes(property)) continue;
          assert.equal(validate.call({ _: translate }, undefined, {}), true, property);
        }
      });

      it("has a label, and one for each port, where a node lacks all properties", () => {
        const bare = { _: translate };
        assert.ok(definition.label.call(bare).length > 0);
        const { inputLabels = () => "-", outputLabels = () => "-" } = definition;
        assert.ok(inputLabels.call(bare).length > 0);
        assert.ok(outputLabels.call(bare, 0).length > 0);
      });

      it("stands in the palette as the others do", () => {
        if (definition.category === "config") return;
        assert.equal(definition.category, "realtime");
        assert.equal(definition.color, "#A6BBCF");
        assert.equal(definition.icon, `openai-realtime-${name}.svg`);
        const svg = readFileSync(`icons/${definition.icon}`, "utf8");
        assert.match(svg, /width="40" height="60"/);
        assert.equal(definition.paletteLabel, `realtime ${name.replace("-", " ")}`);
      });

      it("has no colour of its own", () => {
        assert.doesNotMatch(html.replace(/color: "#A6BBCF"/, ""), /#[0-9a-fA-F]{3,6}\b(?!-)/);
      });
    });
  }
});
