import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { collect, next, useNodeRed } from "../../support/canvas";
import { Example } from "../../support/example";

interface Request {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** Home Assistant's REST API, as far as it takes actions. */
class HomeAssistant {
  readonly requests: Request[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** One that answers with this status. */
  static async start(status: number): Promise<HomeAssistant> {
    const server = createServer();
    const home = new HomeAssistant(server);
    server.on("request", (request, response) => {
      const { method, url, headers } = request;
      const answer = async (): Promise<void> => {
        home.requests.push({ method, url, headers, body: JSON.parse(await text(request)) });
        response.writeHead(status, { "Content-Type": "application/json" }).end("[]");
      };
      answer().catch(() => response.destroy());
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return home;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}

const ANSWERS = {
  "turn on the living room light": /^The living room light is on\.$/,
  "turn off the living room light": /^The living room light is off\.$/,
  "activate movie night": /^The scene is: movie night\.$/,
} as const;

describe("example 14: Home Assistant", () => {
  useNodeRed();
  const token = "long-lived-token";
  let example: Example;
  let home: HomeAssistant | undefined;

  beforeEach(() => {
    example = new Example("14 Home Assistant");
  });
  afterEach(async () => {
    await home?.close();
    home = undefined;
  });

  /** Fills in the tab's environment, as a person does. */
  function enter(url: string): void {
    const env = [
      { name: "HOME_ASSISTANT_URL", value: url, type: "str" },
      { name: "HOME_ASSISTANT_TOKEN", value: token, type: "str" },
    ];
    const names = (list: unknown): string[] => (list as { name: string }[]).map(({ name }) => name);
    assert.deepEqual(names(env), names(example.find("tab")["env"]));
    example.change("tab", { env });
  }

  async function press(button: string, answer: RegExp): Promise<void> {
    const said = next(example.id("said"));
    example.press(button);
    assert.match((await said).payload, answer);
  }

  it("works with a make-believe Home Assistant as it is imported", async () => {
    const standIn = example.probe("Home Assistant (make-believe)");
    await example.load();
    const caught = collect(example.id("errors"));
    const taken = collect(standIn);
    for (const [button, answer] of Object.entries(ANSWERS)) await press(button, answer);
    assert.deepEqual(
      // What a function node makes has prototypes of its own.
      taken.map(({ payload }) => JSON.parse(JSON.stringify(payload)) as object),
      [
        { action: "light.turn_on", target: { entity_id: ["light.living_room"] }, data: {} },
        { action: "light.turn_off", target: { entity_id: ["light.living_room"] }, data: {} },
        { action: "scene.turn_on", target: { entity_id: ["scene.movie_night"] }, data: {} },
      ],
    );
    assert.deepEqual(caught, []);
  });

  it("calls the actions of the Home Assistant that the tab's environment names", async () => {
    home = await HomeAssistant.start(200);
    enter(`${home.url}/`);
    await example.load();
    for (const [button, answer] of Object.entries(ANSWERS)) await press(button, answer);
    assert.deepEqual(
      home.requests.map(({ method, url, body }) => ({ method, url, body })),
      [
        { url: "/api/services/light/turn_on", body: { entity_id: ["light.living_room"] } },
        { url: "/api/services/light/turn_off", body: { entity_id: ["light.living_room"] } },
        { url: "/api/services/scene/turn_on", body: { entity_id: ["scene.movie_night"] } },
      ].map((request) => ({ method: "POST", ...request })),
    );
    for (const { headers } of home.requests) {
      assert.equal(headers.authorization, `Bearer ${token}`);
      assert.equal(headers["content-type"], "application/json");
    }
  });

  it("says aloud what Home Assistant refuses", async () => {
    home = await HomeAssistant.start(401);
    enter(home.url);
    await example.load();
    await press("activate movie night", /did not work: Home Assistant says 401/);
  });

  it("says aloud that it is not there, and lets no token out", async () => {
    home = await HomeAssistant.start(200);
    enter(home.url);
    await home.close();
    home = undefined;
    const outcome = example.probe("what happened");
    await example.load();
    const result = next(outcome);
    await press("activate movie night", /did not work: Home Assistant says ECONNREFUSED/);
    assert.ok(!JSON.stringify((await result)["headers"] ?? {}).includes(token));
  });
});
