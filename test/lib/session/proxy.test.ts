import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { RealtimeSession } from "../../../lib/session/realtime-session";
import { proxyFor } from "../../../lib/session/proxy";
import type { EndpointTarget } from "../../../lib/session/endpoint-target";
import { authority, certificate, ConnectProxy, TlsServer } from "../../support/tls-line";
import { withCode } from "./ready-session";

const wss = "wss://api.openai.com/v1/realtime";

describe("choice of a proxy", () => {
  const among = (environment: Record<string, string>, url = wss): string | undefined =>
    proxyFor(url, { environment });

  it("takes the environment's for the protocol, in small letters first", () => {
    assert.equal(among({}), undefined);
    assert.equal(among({ https_proxy: "http://a:1", HTTPS_PROXY: "http://b:1" }), "http://a:1");
    assert.equal(among({ HTTPS_PROXY: "http://b:1" }), "http://b:1");
    assert.equal(among({ wss_proxy: "http://w:1", https_proxy: "http://a:1" }), "http://w:1");
    assert.equal(among({ http_proxy: "http://a:1" }), undefined);
    assert.equal(among({ http_proxy: "http://a:1" }, "ws://nas/"), "http://a:1");
    assert.equal(among({ all_proxy: "a:1" }), "http://a:1");
  });

  it("follows Node-RED's proxyOptions", () => {
    const environment = { https_proxy: "http://a:1", HTTPS_PROXY: "http://b:1" };
    assert.equal(proxyFor(wss, { environment, favourUpperCase: true }), "http://b:1");
    assert.equal(
      proxyFor(wss, { environment: { HTTPS_PROXY: "http://b:1" }, lowerCaseOnly: true }),
      undefined,
    );
  });

  it("leaves out what no_proxy names", () => {
    const https_proxy = "http://a:1";
    for (const no_proxy of [
      "*",
      "api.openai.com",
      "openai.com",
      ".openai.com",
      "*.openai.com",
      "localhost, API.OpenAI.com",
      "api.openai.com:443",
    ])
      assert.equal(among({ https_proxy, no_proxy }), undefined, no_proxy);
    for (const no_proxy of ["", "ai.com", "xopenai.com", "api.openai.com:8443", "openai.com.evil"])
      assert.equal(among({ https_proxy, no_proxy }), https_proxy, no_proxy);
  });

  it("leaves out addresses and networks that no_proxy names", () => {
    const http_proxy = "http://a:1";
    for (const [url, no_proxy] of [
      ["ws://[::1]:8080/", "[::1]"],
      ["ws://[::1]:8080/", "localhost,127.0.0.1,::1"],
      ["ws://[::1]:8080/", "[::1]:8080"],
      ["ws://[fd00::2]/", "fd00:0:0::2"],
      ["ws://[fd00::2]/", "fd00::/8"],
      ["ws://192.168.1.5:8080/", "192.168.1.5"],
      ["ws://192.168.1.5:8080/", "10.0.0.0/8,192.168.0.0/16"],
      ["ws://192.168.1.5:8080/", "192.168.0.0/16:8080"],
    ] as const)
      assert.equal(among({ http_proxy, no_proxy }, url), undefined, `${url} ${no_proxy}`);
    for (const [url, no_proxy] of [
      ["ws://[::2]:8080/", "::1"],
      ["ws://[::1]:8080/", "[::1]:80"],
      ["ws://192.168.1.5/", "192.168.1.50"],
      ["ws://192.168.1.5/", "10.0.0.0/8"],
      ["ws://192.168.1.5/", "192.168.0.0/33"],
      ["ws://nas/", "192.168.0.0/16"],
    ] as const)
      assert.equal(among({ http_proxy, no_proxy }, url), http_proxy, `${url} ${no_proxy}`);
  });

  it("prefers one that is given, with its own exceptions", () => {
    const environment = { https_proxy: "http://env:1", no_proxy: "api.openai.com" };
    assert.equal(proxyFor(wss, { url: "http://own:1", environment }), "http://own:1");
    const except = ["openai.com"];
    assert.equal(proxyFor(wss, { url: "http://own:1", except, environment }), undefined);
  });

  it("refuses what is no address of a proxy, and shows none of it", () => {
    for (const url of ["socks5://user:secret@host", "http://", "http://secret host"])
      assert.throws(
        () => proxyFor(wss, { url, environment: {} }),
        (error: Error) => {
          withCode("invalid_proxy")(error);
          assert.doesNotMatch(error.message, /secret/);
          return true;
        },
      );
  });
});

describe("the way to the server", () => {
  let server: TlsServer;
  let proxy: ConnectProxy;
  let session: RealtimeSession;
  const errors: Error[] = [];

  beforeEach(async () => {
    server = await TlsServer.start();
    proxy = await ConnectProxy.start(server.port);
    errors.length = 0;
  });
  afterEach(async () => {
    await session.close();
    await proxy.close();
    await server.close();
  });

  const connect = (target: Partial<EndpointTarget>): Promise<void> => {
    session = new RealtimeSession({
      target: () => ({
        url: `wss://localhost:${server.port}/v1/realtime?key=secret`,
        headers: { Authorization: "Bearer secret" },
        dialect: "ga",
        strictness: "openai",
        settingsAck: "none",
        firstEventTimeoutMs: 5000,
        ...target,
      }),
    });
    session.on("error", (error) => errors.push(error));
    return session.connect();
  };

  /** The first thing that is reported. */
  const failure = (): Promise<Error> =>
    new Promise((resolve) => {
      session.on("error", resolve);
    });

  it("accepts a certificate of an authority that is given", async () => {
    await connect({ tls: { ca: authority } });
    assert.equal(session.state.status, "ready");
  });

  it("stops at a certificate of an authority that nobody trusts, and says so", async () => {
    await assert.rejects(connect({}), (error: Error) => {
      withCode("tls_failed")(error);
      assert.match(error.message, /UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED/);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
    assert.equal(session.state.status, "stopped");
    assert.equal(server.seen.length, 0);
  });

  it("stops at a certificate for another host", async () => {
    const url = `wss://elsewhere.test:${server.port}/`;
    await assert.rejects(
      connect({ url, tls: { ca: authority }, proxy: proxy.url }),
      withCode("tls_failed"),
    );
    assert.deepEqual(proxy.asked, [`elsewhere.test:${server.port}`]);
  });

  it("stops at a certificate of its own that cannot be read", async () => {
    await assert.rejects(
      connect({ tls: { ca: authority, cert: "no certificate", key: "no key" } }),
      withCode("tls_failed"),
    );
    assert.equal(session.state.status, "stopped");
  });

  it("stops at a certificate and key in one file that cannot be read, and says so", async () => {
    await assert.rejects(
      connect({ tls: { ca: authority, pfx: Buffer.from("no file of that kind") } }),
      (error: Error) => {
        withCode("tls_failed")(error);
        assert.match(error.message, /not enough data/);
        return true;
      },
    );
    assert.equal(session.state.status, "stopped");
  });

  it("stops at a key of its own that the passphrase does not open", async () => {
    const { privateKey: key } = generateKeyPairSync("ec", {
      namedCurve: "P-256",
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: {
        type: "pkcs8",
        format: "pem",
        cipher: "aes-256-cbc",
        passphrase: "right",
      },
    });
    const { cert } = certificate;
    await assert.rejects(
      connect({ tls: { ca: authority, cert, key, passphrase: "wrong" } }),
      withCode("tls_failed"),
    );
  });

  it("goes through a proxy with its login, which the server does not see", async () => {
    const address = proxy.url.replace("://", "://me:s%40cret@");
    await connect({ tls: { ca: authority }, proxy: address });
    assert.deepEqual(proxy.logins, [`Basic ${Buffer.from("me:s@cret").toString("base64")}`]);
    assert.equal(server.seen[0]?.headers["proxy-authorization"], undefined);
    assert.equal(server.seen[0]?.headers.authorization, "Bearer secret");
  });

  it("takes a proxy's password in the environment as it is where it is no encoded one", async () => {
    const https_proxy = proxy.url.replace("://", "://me:50%off@");
    const url = `wss://localhost:${server.port}/`;
    const address = proxyFor(url, { environment: { https_proxy } });
    assert.ok(address);
    await connect({ url, tls: { ca: authority }, proxy: address });
    assert.deepEqual(proxy.logins, [`Basic ${Buffer.from("me:50%off").toString("base64")}`]);
  });

  it("stops at a proxy that asks for a login", async () => {
    proxy.refusal = 407;
    await assert.rejects(
      connect({ tls: { ca: authority }, proxy: proxy.url }),
      withCode("proxy_login"),
    );
  });

  it("tries again when a proxy makes no connection, and does not blame the key", async () => {
    proxy.refusal = 403;
    connect({ tls: { ca: authority }, proxy: proxy.url }).catch(() => undefined);
    withCode("proxy_refused")(await failure());
    assert.equal(session.state.status, "opening");
  });

  it("tries again when nobody is where the proxy should be", async () => {
    const { url } = proxy;
    await proxy.close();
    connect({ tls: { ca: authority }, proxy: url }).catch(() => undefined);
    withCode("connection_failed")(await failure());
    proxy = await ConnectProxy.start(server.port);
  });

  it("takes the key nowhere a redirect leads to", async () => {
    const visits: unknown[] = [];
    const target = createServer((request, response) => {
      visits.push(request.headers);
      response.end();
    }).on("upgrade", (request, socket) => {
      visits.push(request.headers);
      socket.destroy();
    });
    const redirecting = createServer();
    for (const one of [target, redirecting]) {
      one.listen(0, "127.0.0.1");
      await once(one, "listening");
    }
    const at = (one: typeof target): string => `127.0.0.1:${(one.address() as AddressInfo).port}`;
    redirecting.on("upgrade", (_request, socket) => {
      socket.end(
        `HTTP/1.1 302 Found\r\nLocation: http://${at(target)}/\r\nContent-Length: 0\r\n\r\n`,
      );
    });
    connect({ url: `ws://${at(redirecting)}/` }).catch(() => undefined);
    const error = await failure();
    withCode("http_302")(error);
    assert.match(error.message, /another address \(HTTP 302\), where the key is not taken/);
    assert.deepEqual(visits, []);
    target.close();
    redirecting.close();
  });
});
