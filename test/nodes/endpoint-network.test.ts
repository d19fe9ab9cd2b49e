import assert from "node:assert/strict";
import { RealtimeError, type EndpointTarget } from "../../lib/index";
import type { EndpointNode } from "../../nodes/endpoint";
import {
  flow,
  give,
  load,
  next,
  nodeById,
  status,
  unload,
  useNodeRed,
  type FlowNode,
} from "../support/canvas";
import { authority, ConnectProxy, TlsServer } from "../support/tls-line";

const CORE = ["network/05-tls.js", "network/06-httpproxy.js"];

const tls: FlowNode = {
  id: "tls",
  type: "tls-config",
  certType: "files",
  cert: "",
  key: "",
  ca: "",
  caname: "ca.pem",
  servername: "",
  verifyservercert: true,
  alpnprotocol: "",
};

/** As the editor keeps an uploaded certificate. */
const certificate = { cadata: authority.toString() };

const proxyNode = (url: string, noproxy: string[] = []): FlowNode => ({
  id: "proxy",
  type: "http proxy",
  url,
  noproxy,
});

describe("endpoint's way to its server", () => {
  useNodeRed();
  let server: TlsServer;
  let proxy: ConnectProxy;

  beforeEach(async () => {
    server = await TlsServer.start();
    proxy = await ConnectProxy.start(server.port);
  });
  afterEach(async () => {
    delete process.env["https_proxy"];
    delete process.env["no_proxy"];
    await proxy.close();
    await server.close();
  });

  /** A connect node whose endpoint is this server under a name of its certificate. */
  async function open(
    endpoint: Partial<FlowNode>,
    config: FlowNode[],
    credentials: Record<string, Record<string, string>> = {},
  ): Promise<void> {
    await load(
      [
        ...flow(
          {
            id: "e",
            type: "openai-realtime-endpoint",
            kind: "compatible",
            url: "wss://realtime.test/v1/realtime",
            dialect: "ga",
            ...endpoint,
          },
          { id: "s", type: "openai-realtime-session", endpoint: "e", model: "" },
          { id: "c", type: "openai-realtime-connect", session: "s", emit: "all" },
        ),
        ...config,
      ],
      credentials,
      CORE,
    );
  }

  async function ready(): Promise<void> {
    const shown = status("c", "status.ready");
    give("c", { action: "connect" });
    await shown;
  }

  /** The code of what Catch gets. */
  async function refusal(): Promise<string> {
    const caught = next("caught");
    give("c", { action: "connect" });
    return (await caught)["error"].code;
  }

  it("goes through core's proxy node with its login, and trusts core's TLS node", async () => {
    await open({ tls: "tls", proxy: "proxy" }, [tls, proxyNode(proxy.url)], {
      tls: certificate,
      proxy: { username: "me", password: "s@cret" },
    });
    await ready();
    assert.deepEqual(proxy.asked, ["realtime.test:443"]);
    assert.deepEqual(proxy.logins, [`Basic ${Buffer.from("me:s@cret").toString("base64")}`]);
    assert.equal(server.seen[0]?.servername, "realtime.test");
  });

  it("goes through the environment's proxy, but not for a host of no_proxy", async () => {
    process.env["https_proxy"] = proxy.url;
    await open({ tls: "tls" }, [tls], { tls: certificate });
    await ready();
    assert.deepEqual(proxy.asked, ["realtime.test:443"]);

    process.env["no_proxy"] = "localhost";
    const node = nodeById("e") as EndpointNode;
    const direct = await node.target({ kind: "model", model: "" });
    assert.equal(direct.proxy, proxy.url);
    await unload();
    await open({ tls: "tls", url: `wss://localhost:${server.port}/` }, [tls], { tls: certificate });
    await ready();
    assert.equal(proxy.asked.length, 1);
  });

  it("goes past core's proxy node for a host that is excepted there", async () => {
    await open(
      { tls: "tls", proxy: "proxy", url: `wss://localhost:${server.port}/` },
      [tls, proxyNode(proxy.url, ["localhost"])],
      { tls: certificate },
    );
    await ready();
    assert.deepEqual(proxy.asked, []);
  });

  it("says that a certificate is of an authority that nobody trusts", async () => {
    await open({ proxy: "proxy" }, [proxyNode(proxy.url)]);
    const shown = status("c", "status.tls-failed");
    assert.equal(await refusal(), "tls_failed");
    await shown;
  });

  it("says which config node is missing", async () => {
    for (const [member, code] of [
      ["tls", "no_tls_config"],
      ["proxy", "no_proxy_config"],
    ] as const) {
      await open({ [member]: "removed" }, []);
      assert.equal(await refusal(), code);
      await unload();
    }
  });

  it("reads the key from the environment or the global context at each attempt", async () => {
    const keyOf = async (): Promise<string | undefined> => {
      const node = nodeById("e") as EndpointNode;
      const target: EndpointTarget = await node.target({ kind: "model", model: "" });
      return target.headers["api-key"];
    };
    const azure = { kind: "azure", url: "my-resource", keyName: "REALTIME_TEST_TOKEN" };
    const model = "deployment";
    const nodes = (keyFrom: string): FlowNode[] =>
      flow(
        { id: "e", type: "openai-realtime-endpoint", ...azure, keyFrom },
        { id: "s", type: "openai-realtime-session", endpoint: "e", model },
        { id: "c", type: "openai-realtime-connect", session: "s", emit: "all" },
      );
    await load(nodes("env"), {}, CORE);
    const node = nodeById("e") as EndpointNode;
    const problem = node.problem({ kind: "model", model });
    assert.ok(problem instanceof RealtimeError);
    assert.equal(problem.code, "no_key");
    process.env["REALTIME_TEST_TOKEN"] = "first";
    try {
      const target = await node.target({ kind: "model", model });
      assert.equal(target.headers["api-key"], "first");
    } finally {
      delete process.env["REALTIME_TEST_TOKEN"];
    }
    await unload();
    await load(nodes("global"), {}, CORE);
    nodeById("c").context().global.set("REALTIME_TEST_TOKEN", "second");
    await assert.rejects(keyOf(), { code: "no_model" });
    const target = await (nodeById("e") as EndpointNode).target({ kind: "model", model });
    assert.equal(target.headers["api-key"], "second");
  });
});
