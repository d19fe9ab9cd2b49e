import type { Node, NodeAPI, NodeDef } from "node-red";
import {
  endpointTarget,
  faultTypes,
  readFaults,
  RealtimeError,
  startLocalServer,
  type Dialect,
  type Endpoint,
  type EndpointTarget,
  type FaultRequest,
  type LocalServer,
} from "../lib/index";
import { timesOf, type TimesForm } from "./endpoint-times";

interface EndpointDef extends NodeDef, TimesForm {
  kind: "built-in" | "openai" | "compatible";
  url: string;
  dialect: Dialect;
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
   * Where a session of this model connects to. The built-in server starts with the first call.
   *
   * @throws RealtimeError as a rejection, e.g. `no_key`, `invalid_url`.
   */
  target(model: string): Promise<EndpointTarget>;
  /** What is wrong with the endpoint, before anything is connected; undefined when nothing is. */
  problem(model: string): RealtimeError | undefined;
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
  RED.httpAdmin.get(
    "/openai-realtime/endpoint/faults",
    RED.auth.needsPermission("openai-realtime.read"),
    (_request, response) => {
      response.json(faultTypes);
    },
  );

  function EndpointConstructor(this: EndpointNode, config: EndpointDef): void {
    RED.nodes.createNode(this, config);
    // Kept here and not on the node: what is on a node can be seen by others.
    const credentials = this.credentials;
    let server: Promise<LocalServer> | undefined;
    let faults: unknown = config.fault ?? null;

    const startServer = async (): Promise<LocalServer> => {
      const starting = server ?? startLocalServer({ faults: readFaults(faults, "fault") });
      server = starting;
      starting.catch(() => {
        // The next connection tries again.
        server = undefined;
      });
      return starting;
    };

    const remoteTarget = (model: string): EndpointTarget =>
      endpointTarget(readEndpoint(config, credentials), model);

    this.target = async (model) => {
      const times = timesOf(config);
      if (config.kind !== "built-in") return { ...remoteTarget(model), ...times };
      const { url, token } = await startServer();
      return { ...endpointTarget({ kind: "built-in", url, apiKey: token ?? "" }, model), ...times };
    };
    this.problem = (model) => {
      try {
        timesOf(config);
        if (config.kind === "built-in") readFaults(faults, "fault");
        else remoteTarget(model);
      } catch (error) {
        if (error instanceof RealtimeError) return error;
        throw error;
      }
      return undefined;
    };

    this.misbehave = async (wanted, path) => {
      if (config.kind !== "built-in") {
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
    { credentials: { apiKey: { type: "password" }, headerValues: { type: "password" } } },
  );
}

function readEndpoint(config: EndpointDef, credentials: EndpointCredentials): Endpoint {
  const common = {
    apiKey: credentials.apiKey,
    organization: config.organization,
    project: config.project,
    prices: config.prices,
    headers: readHeaders(config.headers ?? [], credentials.headerValues),
  };
  return config.kind === "compatible"
    ? { ...common, kind: "compatible", url: config.url ?? "", dialect: config.dialect ?? "ga" }
    : { ...common, kind: "openai" };
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
