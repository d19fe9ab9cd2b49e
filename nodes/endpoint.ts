import type { Node, NodeAPI, NodeDef } from "node-red";
import {
  endpointPresets,
  endpointTarget,
  faultTypes,
  isPresetName,
  readFaults,
  RealtimeError,
  startLocalServer,
  type DialectChoice,
  type Endpoint,
  type EndpointTarget,
  type FaultRequest,
  type LocalServer,
  type SessionPurpose,
} from "../lib/index";
import { networkOf, type NetworkForm } from "./endpoint-network";
import { timesOf, type TimesForm } from "./endpoint-times";
import { jsonTextOf, listOf, textOf } from "./form-values";

interface EndpointDef extends NodeDef, NetworkForm, TimesForm {
  /** The name of a preset; a node that was written by hand may lack it, and is for the built-in one. */
  kind?: string;
  /** With a preset that has no address of its own; for Azure also the name of a resource. */
  url: string;
  /** Empty: as the preset has it. */
  dialect: "" | DialectChoice;
  /** Where the key comes from, at each attempt. */
  keyFrom: "credential" | "env" | "global";
  /** The name of the variable, or of the value in the global context. */
  keyName: string;
  /** The header that carries the key; empty: as the preset has it. */
  keyHeader: string;
  /** With Azure's preview. */
  apiVersion: string;
  /** Separated by commas. */
  subprotocols: string;
  organization: string;
  project: string;
  /** Names of further headers; their values are credentials. */
  headers: string[];
  /** JSON, see the help; prices that go before those of the list. */
  prices: string;
  /** How the built-in server misbehaves from its start; null for not at all. */
  fault?: FaultRequest | null;
}

interface EndpointCredentials {
  apiKey?: string;
  /** JSON object: value by header name. */
  headerValues?: string;
}

export interface EndpointNode extends Node<EndpointCredentials> {
  /**
   * Where a session for this purpose connects to. The built-in server starts with the first call.
   *
   * @throws RealtimeError as a rejection, e.g. `no_key`, `invalid_url`.
   */
  target(purpose: SessionPurpose): Promise<EndpointTarget>;
  /** Whether it is the server that comes with this package. */
  readonly isBuiltIn: boolean;
  /** What is wrong with the endpoint, before anything is connected; undefined when nothing is. */
  problem(purpose: SessionPurpose): RealtimeError | undefined;
  /**
   * Makes the built-in server misbehave from now on: a fault, a list of faults, or null to behave.
   * `path` is what an error calls the value.
   *
   * @throws RealtimeError as a rejection: `not_built_in`, `invalid_fault`.
   */
  misbehave(faults: unknown, path: string): Promise<void>;
}

/** Finds an endpoint's config node; undefined when it is missing or disabled. */
export function findEndpoint(RED: NodeAPI, id: string): EndpointNode | undefined {
  const node = RED.nodes.getNode(id) as Partial<EndpointNode> | undefined | null;
  return typeof node?.target === "function" ? (node as EndpointNode) : undefined;
}

export default function register(RED: NodeAPI): void {
  function EndpointConstructor(this: EndpointNode, config: EndpointDef): void {
    RED.nodes.createNode(this, config);
    // Kept here and not on the node: what is on a node can be seen by others.
    const credentials = this.credentials;
    let server: Promise<LocalServer> | undefined;
    let faults: unknown = config.fault ?? null;

    const startServer = async (): Promise<LocalServer> => {
      const starting =
        server ??
        startLocalServer({
          faults: readFaults(faults, "fault"),
          onGuessedWords: (words) => {
            this.warn(RED._("warning.guessed", { words: words.join(", ") }));
          },
          onVoiceFailure: ({ message }) => {
            this.warn(RED._("warning.voice", { reason: message }));
          },
        });
      server = starting;
      starting.catch(() => {
        // The next connection tries again.
        server = undefined;
      });
      return starting;
    };

    const remoteTarget = (purpose: SessionPurpose): EndpointTarget => {
      const key = keyOf(RED, this, config, credentials);
      const target = endpointTarget(readEndpoint(config, credentials, key), purpose);
      return { ...target, ...networkOf(RED, config, target.url), ...timesOf(config) };
    };

    Object.defineProperty(this, "isBuiltIn", { value: kindOf(config) === "built-in" });
    this.target = async (purpose) => {
      if (!this.isBuiltIn) return remoteTarget(purpose);
      const { url, token } = await startServer();
      const target = endpointTarget({ kind: "built-in", url, apiKey: token ?? "" }, purpose);
      return { ...target, ...timesOf(config) };
    };
    this.problem = (purpose) => {
      try {
        if (!this.isBuiltIn) remoteTarget(purpose);
        else {
          timesOf(config);
          readFaults(faults, "fault");
        }
      } catch (error) {
        if (error instanceof RealtimeError) return error;
        throw error;
      }
      return undefined;
    };

    this.misbehave = async (wanted, path) => {
      if (!this.isBuiltIn) {
        throw new RealtimeError(
          "not_built_in",
          "Only the built-in server misbehaves when it is asked to; this endpoint is another one",
          { param: "msg.action" },
        );
      }
      const complete = readFaults(wanted, path);
      faults = complete;
      (await server)?.setFaults(complete);
    };

    this.on("close", (_removed: boolean, done: () => void) => {
      if (server === undefined) done();
      else server.then((started) => started.close()).then(done, done);
    });
  }

  RED.nodes.registerType<EndpointNode, EndpointDef, object, EndpointCredentials>(
    "openai-realtime-endpoint",
    EndpointConstructor,
    {
      credentials: { apiKey: { type: "password" }, headerValues: { type: "password" } },
      // The form shows what each kind of server asks for, and how the built-in one can misbehave.
      settings: {
        openaiRealtimeEndpointPresets: { value: endpointPresets, exportable: true },
        openaiRealtimeEndpointFaults: { value: faultTypes, exportable: true },
      },
    },
  );
}

function kindOf({ kind }: Pick<EndpointDef, "kind">): string {
  return kind || "built-in";
}

const NOT_SET = "The endpoint's API key is to come from an environment variable that is not set";

/** A key that is to be read from the environment, such as `${OPENAI_API_KEY}`. */
const VARIABLE = /^\$\{[^}]+\}$/;

/**
 * The key, read anew for each attempt: a token that lives for an hour is replaced where it comes
 * from. It never comes from a message.
 *
 * @throws RealtimeError `no_key`, where a variable or value that is to hold it is not set, or cannot
 *   be read.
 */
function keyOf(
  RED: NodeAPI,
  node: Node,
  config: Partial<Pick<EndpointDef, "keyFrom" | "keyName">>,
  credentials: EndpointCredentials,
): string | undefined {
  switch (config.keyFrom) {
    case "env":
    case "global": {
      const name = textOf(config, "keyName");
      if (name === undefined) return undefined;
      const key = textOf({ apiKey: valueOf(RED, node, name, config.keyFrom) }, "apiKey");
      if (key !== undefined) return key;
      // Without the name: somebody may have entered the key in its place.
      throw new RealtimeError(
        "no_key",
        config.keyFrom === "env"
          ? NOT_SET
          : "The endpoint's API key is to come from a value of the global context that is not set",
        { param: "keyName" },
      );
    }
    case "credential":
    case undefined: {
      const key = textOf(credentials, "apiKey");
      if (key === undefined || !VARIABLE.test(key)) return key;
      // Node-RED has put its value in the place of one that is set, unless spaces stand beside it.
      const value = textOf({ apiKey: valueOf(RED, node, key, "env") }, "apiKey");
      if (value !== undefined) return value;
      // Without the name: somebody may have entered the key in its place.
      throw new RealtimeError("no_key", NOT_SET, { param: "apiKey" });
    }
  }
}

/** @throws RealtimeError `no_key`, where no value can have this name, or a store has no answer at once. */
function valueOf(RED: NodeAPI, node: Node, name: string, from: "env" | "global"): unknown {
  try {
    return RED.util.evaluateNodeProperty(name, from, node, {});
  } catch {
    // Without the name: somebody may have entered the key in its place.
    throw new RealtimeError(
      "no_key",
      "The endpoint's API key cannot be read: what it is to be read from is no variable's name",
      { param: "keyName" },
    );
  }
}

function readEndpoint(
  config: EndpointDef,
  credentials: EndpointCredentials,
  apiKey: string | undefined,
): Endpoint {
  const kind = kindOf(config);
  if (!isPresetName(kind)) {
    throw new RealtimeError(
      "unknown_server",
      "The endpoint is for a kind of server not known here",
      {
        param: "kind",
      },
    );
  }
  const { address } = endpointPresets[kind];
  // The form keeps what was typed for another server, and does not show it.
  const isOwn = address.kind === "own";
  const hasOrganization = kind === "openai" || kind === "compatible";
  return {
    kind,
    apiKey,
    ...(hasOrganization
      ? { organization: textOf(config, "organization"), project: textOf(config, "project") }
      : {}),
    prices: jsonTextOf(config, "prices"),
    headers: readHeaders(listOf(config, "headers") ?? [], credentials.headerValues),
    keyHeader: textOf(config, "keyHeader"),
    ...(address.kind === "fixed" ? {} : { url: textOf(config, "url") }),
    ...(isOwn
      ? {
          dialect: config.dialect || undefined,
          subprotocols: listOf(config, "subprotocols") ?? [],
        }
      : {}),
    apiVersion: textOf(config, "apiVersion"),
  };
}

function readHeaders(names: readonly string[], text: string | undefined): Record<string, string> {
  if (names.length === 0) return {};
  let values: unknown;
  try {
    values = JSON.parse(text ?? "{}");
  } catch {
    throw new RealtimeError(
      "invalid_header",
      "The values of the endpoint's headers are unreadable",
      {
        param: "headers",
      },
    );
  }
  return Object.fromEntries(
    names.map((name) => {
      const value: unknown =
        typeof values === "object" && values !== null ? Reflect.get(values, name) : undefined;
      if (typeof value === "string" && value !== "") return [name, value];
      throw new RealtimeError("invalid_header", `The header "${name}" has no value`, {
        param: name,
      });
    }),
  );
}
