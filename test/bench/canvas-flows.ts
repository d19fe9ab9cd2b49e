/** `floor`: one node that parses and sends, which no flow of any package can be cheaper than. */
export type Side = "own" | "core" | "floor";

/** Types that leave by an output of their own; everything else leaves by the last. */
const ROUTED = ["response.output_audio.delta", "response.output_audio_transcript.delta"] as const;

const OUTPUTS = [["function"], ["function"], ["function"]];

/**
 * A flow that routes the events of a server by their type and ends in a function, with this
 * package's nodes or with core's. Every event reaches the function.
 */
export function flowOf(side: Side, url: string): readonly object[] {
  const place = { z: "tab", x: 100, y: 100 };
  const end = {
    ...place,
    id: "function",
    type: "function",
    // Looked up once, as both sides would pay for it with every message.
    func: "take(msg.payload, msg.realtime?.source);\nreturn null;",
    outputs: 1,
    timeout: 0,
    noerr: 0,
    initialize: 'take = global.get("take");',
    finalize: "",
    libs: [],
    wires: [[]],
  };
  const flow = flows[side](url);
  return [
    { id: "tab", type: "tab", label: "bench", disabled: false, info: "", env: [] },
    ...flow.config,
    ...flow.nodes.map((node) => ({ ...place, ...node })),
    end,
  ];
}

interface Flow {
  readonly config: readonly object[];
  readonly nodes: readonly object[];
}

const flows: Readonly<Record<Side, (url: string) => Flow>> = {
  own: ownFlow,
  core: coreFlow,
  floor: (url) => ({
    config: [],
    nodes: [{ id: "in", type: "bench-floor-in", url, wires: [["function"]] }],
  }),
};

function ownFlow(url: string): Flow {
  return {
    config: [
      { id: "endpoint", type: "openai-realtime-endpoint", kind: "compatible", url, dialect: "ga" },
      { id: "session", type: "openai-realtime-session", endpoint: "endpoint", model: "" },
    ],
    nodes: [
      {
        id: "connect",
        type: "openai-realtime-connect",
        session: "session",
        key: "",
        start: "deploy",
        emit: "all",
        events: [],
        echo: false,
        wires: [["filter"]],
      },
      {
        id: "filter",
        type: "openai-realtime-filter",
        rules: ROUTED.map((type) => ({ match: "type", type, group: "", test: false })),
        checkall: "false",
        otherwise: true,
        output: "event",
        wires: OUTPUTS,
      },
    ],
  };
}

function coreFlow(url: string): Flow {
  return {
    config: [
      {
        id: "client",
        type: "websocket-client",
        path: url,
        tls: "",
        wholemsg: "false",
        hb: "0",
        subprotocol: "",
        headers: [],
      },
    ],
    nodes: [
      {
        id: "in",
        type: "websocket in",
        name: "",
        server: "",
        client: "client",
        wires: [["json"]],
      },
      {
        id: "json",
        type: "json",
        property: "payload",
        action: "",
        pretty: false,
        wires: [["switch"]],
      },
      {
        id: "switch",
        type: "switch",
        property: "payload.type",
        propertyType: "msg",
        rules: [...ROUTED.map((type) => ({ t: "eq", v: type, vt: "str" })), { t: "else" }],
        checkall: "false",
        repair: false,
        outputs: OUTPUTS.length,
        wires: OUTPUTS,
      },
    ],
  };
}
