import assert from "node:assert/strict";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { RestError } from "../../../lib/index";
import { post, type RestOptions } from "../../../lib/rest/http";
import type { RestTarget } from "../../../lib/rest/target";
import { json, refusal, RestServer, type RestAnswer } from "../../support/rest-server";
import { authority, certificate, ConnectProxy } from "../../support/tls-line";

const SECRETS = ["sk-KEY", "QUERY", "PAYLOAD", "HEADER", "MESSAGE"];

describe("calls over HTTP", () => {
  let server: RestServer;
  let waits: number[];
  let options: RestOptions;

  beforeEach(async () => {
    server = await RestServer.start();
    waits = [];
    options = {
      wait: async (ms) => {
        waits.push(ms);
      },
    };
  });
  afterEach(() => server.close());

  const target = (origin = server.origin): RestTarget => ({
    url: `${origin}/v1/realtime?k=QUERY`,
    headers: { Authorization: "Bearer sk-KEY", "X-Room": "HEADER" },
    strictness: "openai",
  });

  const call = (more: RestOptions = {}): Promise<string> =>
    post(target(), "/calls/rtc_1/accept", { instructions: "PAYLOAD" }, { ...options, ...more });

  /** The error of a call, which must give nothing away. */
  const failure = async (pending: Promise<unknown>): Promise<RestError> => {
    const error: unknown = await pending.then(
      () => assert.fail("the call did not fail"),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof RestError, String(error));
    const all = `${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`;
    for (const secret of SECRETS) assert.ok(!all.includes(secret), `${secret} in ${all}`);
    assert.ok(!all.includes(server.origin.slice(7)), "the address");
    return error;
  };

  it("are POSTs with the endpoint's headers, path and query, and a body in JSON", async () => {
    server.answer(json(200, { done: true }));
    assert.equal(await call(), '{"done":true}');
    const [request] = server.requests;
    assert.equal(request?.method, "POST");
    assert.equal(request.path, "/v1/realtime/calls/rtc_1/accept?k=QUERY");
    assert.equal(request.headers.authorization, "Bearer sk-KEY");
    assert.equal(request.headers["x-room"], "HEADER");
    assert.equal(request.headers["content-type"], "application/json");
    assert.deepEqual(request.body, { instructions: "PAYLOAD" });
  });

  const refusals: [title: string, answer: RestAnswer, expected: object, text: RegExp][] = [
    [
      "400",
      refusal(400, {
        code: "invalid_value",
        param: "session.audio.output.voice",
        message: "MESSAGE: PAYLOAD",
      }),
      {
        code: "invalid_value",
        status: 400,
        param: "session.audio.output.voice",
        type: "invalid_request_error",
        requestId: "req_1",
        retryAfterMs: null,
      },
      /^The server refused the request: HTTP 400 \(invalid_value, session\.audio\.output\.voice\), request req_1$/,
    ],
    [
      "401",
      refusal(401, { code: "invalid_api_key", message: "Incorrect API key provided: sk-KEY" }),
      { code: "invalid_api_key", status: 401 },
      /refused the key: HTTP 401 \(invalid_api_key\)/,
    ],
    [
      "401 without a code",
      refusal(401, { code: null }),
      { code: "unauthorized", status: 401 },
      /refused the key: HTTP 401, request/,
    ],
    [
      "401 of Azure",
      json(401, {
        error: { code: "401", message: "Access denied due to invalid subscription key" },
      }),
      { code: "unauthorized", status: 401 },
      /refused the key: HTTP 401$/,
    ],
    ["403", refusal(403, { code: null }), { code: "forbidden", status: 403 }, /HTTP 403/],
    [
      "404",
      refusal(404, { code: "call_not_found" }),
      { code: "call_not_found", status: 404 },
      /does not know what was asked for: HTTP 404/,
    ],
    [
      "404 of a proxy in HTML",
      (response) => {
        response.writeHead(404, { "Content-Type": "text/html" });
        response.end("<h1>MESSAGE</h1>");
      },
      { code: "http_404", status: 404, requestId: null },
      /HTTP 404$/,
    ],
    [
      "429 without a word of when to come back",
      refusal(429, { code: "insufficient_quota" }),
      { code: "insufficient_quota", status: 429, retryAfterMs: null },
      /HTTP 429 \(insufficient_quota\), request/,
    ],
    [
      "429 that asks for more patience than there is",
      refusal(429, { code: "rate_limit_exceeded" }, { "Retry-After": "20" }),
      { code: "rate_limit_exceeded", status: 429, retryAfterMs: 20_000 },
      /to be asked again in 20 s/,
    ],
    [
      "500",
      refusal(500, { code: null, type: "server_error" }, { "Retry-After": "0" }),
      { code: "http_500", status: 500, type: "server_error" },
      /The server failed: HTTP 500/,
    ],
    [
      "503 without a word of when to come back",
      refusal(503, { code: "overloaded" }),
      { code: "overloaded", status: 503 },
      /HTTP 503/,
    ],
    [
      "a code and an id that are no such thing",
      refusal(400, { code: "sk-KEY MESSAGE" }, { "x-request-id": "MESSAGE PAYLOAD" }),
      { code: "http_400", requestId: null },
      /HTTP 400$/,
    ],
  ];
  for (const [title, answer, expected, text] of refusals) {
    it(`fail once with code, status and request id: ${title}`, async () => {
      server.answer(answer);
      const error = await failure(call());
      for (const [name, value] of Object.entries(expected))
        assert.equal(Reflect.get(error, name), value, name);
      assert.match(error.message, text);
      assert.equal(server.requests.length, 1);
    });
  }

  for (const status of [301, 302, 303, 307, 308]) {
    it(`do not take the key to where a ${status} points to`, async () => {
      const other = await RestServer.start();
      other.answer(json(200, {}));
      server.answer((response) => {
        response.writeHead(status, { Location: `${other.origin}/?MESSAGE` });
        response.end();
      });
      const error = await failure(call());
      assert.equal(error.code, "redirected");
      assert.equal(error.status, status);
      assert.deepEqual(other.requests, []);
      await other.close();
    });
  }

  it("are made again when the server names the time, and not later than it is of use", async () => {
    server.answer(
      refusal(429, { code: "rate_limit_exceeded" }, { "Retry-After": "2" }),
      refusal(503, { code: null }, { "retry-after-ms": "150", "Retry-After": "1" }),
      json(200, { done: true }),
    );
    assert.equal(await call(), '{"done":true}');
    assert.deepEqual(waits, [2000, 150]);
    assert.equal(server.requests.length, 3);
  });

  it("understand a date as the time to come back", async () => {
    server.answer(
      refusal(429, { code: null }, { "Retry-After": new Date(0).toUTCString() }),
      json(200, {}),
    );
    await call();
    assert.deepEqual(waits, [0]);
  });

  it("are given up after three tries", async () => {
    server.answer(refusal(429, { code: "rate_limit_exceeded" }, { "Retry-After": "1" }));
    const error = await failure(call());
    assert.equal(error.code, "rate_limit_exceeded");
    assert.equal(error.retryAfterMs, 1000);
    assert.equal(server.requests.length, 3);
    assert.deepEqual(waits, [1000, 1000]);
  });

  it("are made again, with growing waits, where no connection is made", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const { port } = closed.address() as AddressInfo;
    await new Promise((done) => {
      closed.close(done);
    });
    const error = await failure(
      post(target(`http://127.0.0.1:${port}`), "/calls/rtc_1/hangup", undefined, options),
    );
    assert.equal(error.code, "connection_failed");
    assert.equal(error.status, null);
    assert.match(error.message, /ECONNREFUSED$/);
    assert.deepEqual(waits, [500, 1000]);
  });

  it("are not made again when the line breaks before the answer: it may have been done", async () => {
    server.answer((response) => response.destroy());
    const error = await failure(call());
    assert.equal(error.code, "connection_failed");
    assert.match(error.message, /ECONNRESET$/);
    assert.equal(server.requests.length, 1);
    assert.deepEqual(waits, []);
  });

  it("are given up when the server is too slow, once", async () => {
    server.answer(() => undefined);
    const error = await failure(call({ timeoutMs: 40 }));
    assert.equal(error.code, "timeout");
    assert.match(error.message, /within 0\.04 s/);
    assert.equal(server.requests.length, 1);
  });

  it("are given up when the server begins to answer and goes silent", async () => {
    server.answer((response) => {
      response.writeHead(200, { "Content-Type": "application/json" });
      response.write('{"val');
    });
    assert.equal((await failure(call({ timeoutMs: 40 }))).code, "timeout");
  });

  const cut: [title: string, headers: Record<string, string>][] = [
    ["of a given length", { "Content-Length": "500" }],
    ["in chunks", {}],
  ];
  for (const [title, headers] of cut) {
    it(`fail when the answer is cut off, ${title}`, async () => {
      server.answer((response) => {
        response.writeHead(200, headers);
        response.write('{"value": "MESSAGE', () => response.destroy());
      });
      const error = await failure(call());
      assert.equal(error.code, "answer_cut_off");
      assert.equal(server.requests.length, 1);
    });
  }

  it("read no more of an answer than 4 MiB", async () => {
    let isGone: Promise<unknown> = Promise.resolve();
    server.answer((response) => {
      isGone = once(response, "close");
      response.writeHead(200);
      const more = (): void => {
        if (!response.destroyed) response.write(Buffer.alloc(65_536, "x"), more);
      };
      more();
    });
    assert.equal((await failure(call())).code, "answer_too_large");
    await isGone;
  });

  it("end when they are given up, also in a wait", async () => {
    const abort = new AbortController();
    server.answer(() => abort.abort());
    assert.equal((await failure(call({ signal: abort.signal }))).code, "aborted");
    assert.equal((await failure(call({ signal: abort.signal }))).code, "aborted");
    assert.equal(server.requests.length, 1);

    const later = new AbortController();
    server.answer((response, request) => {
      refusal(429, { code: null }, { "Retry-After": "10" })(response, request);
      response.on("close", () => later.abort());
    });
    const pending = post(target(), "/calls/rtc_1/hangup", undefined, { signal: later.signal });
    assert.equal((await failure(pending)).code, "aborted");
    assert.equal(server.requests.length, 2);
  });

  it("fail where the target is no address, without showing it", async () => {
    const broken = { ...target(), url: "gateway.lan?k=QUERY" };
    const error = await failure(post(broken, "/x", {}, options));
    assert.equal(error.code, "invalid_url");
  });

  it("fail where a header cannot be sent, without its value", async () => {
    const broken = { ...target(), headers: { "X-Room": "HEADER\n" } };
    const error = await failure(post(broken, "/x", {}, options));
    assert.equal(error.code, "connection_failed");
    assert.match(error.message, /ERR_INVALID_CHAR/);
  });

  describe("behind TLS and a proxy", () => {
    let secure: RestServer;
    let proxy: ConnectProxy;

    beforeEach(async () => {
      secure = await RestServer.start(certificate);
      secure.answer(json(200, { done: true }));
      proxy = await ConnectProxy.start(secure.port);
    });
    afterEach(async () => {
      await proxy.close();
      await secure.close();
    });

    const ask = (more: Partial<RestTarget>): Promise<string> =>
      post({ ...target(`https://localhost:${secure.port}`), ...more }, "/x", {}, options);

    it("trust the endpoint's certificates, and no others", async () => {
      assert.equal(await ask({ tls: { ca: authority } }), '{"done":true}');
      const error = await failure(ask({}));
      assert.equal(error.code, "connection_failed");
      assert.match(error.message, /UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT/);
      assert.equal(secure.requests.length, 1);
      assert.deepEqual(waits, []);
    });

    it("say which certificate of their own cannot be read", async () => {
      const error = await failure(
        ask({ tls: { ca: authority, pfx: Buffer.from("no such file") } }),
      );
      assert.equal(error.code, "tls_failed");
      assert.match(error.message, /not enough data/);
    });

    it("go through the endpoint's proxy, which sees neither key nor path", async () => {
      const url = proxy.url.replace("http://", "http://user:pass@");
      assert.equal(await ask({ tls: { ca: authority }, proxy: url }), '{"done":true}');
      assert.deepEqual(proxy.asked, [`localhost:${secure.port}`]);
      assert.deepEqual(proxy.logins, [`Basic ${Buffer.from("user:pass").toString("base64")}`]);
      assert.equal(secure.requests[0]?.headers.authorization, "Bearer sk-KEY");
    });

    it("leave no connection to a proxy that never answers", async () => {
      const silent = createServer().listen(0, "127.0.0.1");
      await once(silent, "listening");
      const { port } = silent.address() as AddressInfo;
      const isGone = new Promise<void>((resolve) => {
        silent.on("connection", (socket) => {
          socket.on("close", resolve);
          socket.resume();
        });
      });
      const asked = post(
        {
          ...target(`https://localhost:${secure.port}`),
          proxy: `http://127.0.0.1:${port}`,
        },
        "/x",
        {},
        { ...options, timeoutMs: 200 },
      );
      assert.equal((await failure(asked)).code, "timeout");
      await isGone;
      silent.close();
    });

    const proxyRefusals: [number, string][] = [
      [407, "proxy_login"],
      [403, "proxy_refused"],
    ];
    for (const [status, code] of proxyRefusals) {
      it(`tell a proxy's ${status} from the server's`, async () => {
        proxy.refusal = status;
        const error = await failure(ask({ tls: { ca: authority }, proxy: proxy.url }));
        assert.equal(error.code, code);
        assert.match(error.message, new RegExp(`HTTP ${status}`));
        assert.equal(error.status, null);
        assert.equal(secure.requests.length, 0);
      });
    }
  });
});
