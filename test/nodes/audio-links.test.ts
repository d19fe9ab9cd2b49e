import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createRequire } from "node:module";
import { AudioLinks } from "../../nodes/audio-links";
import { FakeClock } from "../support/fake-clock";

type HttpNode = ConstructorParameters<typeof AudioLinks>[0];

/** The express that Node-RED itself serves with. */
function makeApp(): HttpNode & Parameters<typeof createServer>[1] {
  const runtime = require.resolve(process.env["NODE_RED"] ?? "node-red");
  return (
    createRequire(runtime)("express") as () => HttpNode & Parameters<typeof createServer>[1]
  )();
}

describe("audio links", () => {
  const wav = Buffer.from("RIFF and so on");
  const ignored = (): void => undefined;
  let clock: FakeClock;
  let links: AudioLinks;
  let server: Server;
  let root: string;

  beforeEach(async () => {
    clock = new FakeClock();
    const app = makeApp();
    links = new AudioLinks(app, clock);
    server = createServer(app).listen(0, "127.0.0.1");
    await once(server, "listening");
    root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const fetched = (path: string, method = "GET"): Promise<Response> =>
    fetch(root + path, { method });
  const statusOf = async (path: string): Promise<number> => (await fetched(path)).status;

  it("serves once, and says when", async () => {
    let count = 0;
    const path = links.offer(wav, () => (count += 1));
    const response = await fetched(path);
    assert.ok(Buffer.from(await response.arrayBuffer()).equals(wav));
    assert.equal(response.headers.get("content-type"), "audio/wav");
    assert.equal(response.headers.get("content-length"), String(wav.length));
    assert.equal(response.headers.get("cache-control"), "no-store");
    assert.equal(await statusOf(path), 404);
    assert.equal(count, 1);
    assert.equal(clock.timers, 0);
  });

  it("tells the head as often as it is asked, without a body, and is still to be fetched", async () => {
    let count = 0;
    const path = links.offer(wav, () => (count += 1));
    for (let time = 0; time < 3; time += 1) {
      const head = await fetched(path, "HEAD");
      assert.equal(head.status, 200);
      assert.equal(head.headers.get("content-length"), String(wav.length));
      assert.equal((await head.arrayBuffer()).byteLength, 0);
    }
    assert.equal(count, 0);
    assert.equal(await statusOf(path), 200);
  });

  it("expires after 60 s", async () => {
    const [early, late] = [links.offer(wav, ignored), links.offer(wav, ignored)];
    await clock.advance(59_999);
    assert.equal(await statusOf(early), 200);
    await clock.advance(1);
    assert.equal(await statusOf(late), 404);
    assert.equal(clock.timers, 0);
  });

  const servedOf = async (paths: readonly string[]): Promise<number[]> => {
    const answers = await Promise.all(paths.map(statusOf));
    return [...answers.keys()].filter((index) => answers[index] === 200);
  };

  it("keeps those of many rooms at once", async () => {
    const paths = Array.from({ length: 100 }, () => links.offer(wav, ignored));
    assert.equal((await servedOf(paths)).length, 100);
  });

  it("keeps 32 MiB, and forgets the oldest first", async () => {
    const large = Buffer.alloc(10 * 1024 * 1024);
    const paths = Array.from({ length: 5 }, () => links.offer(large, ignored));
    assert.equal(clock.timers, 3);
    assert.deepEqual(await servedOf(paths), [2, 3, 4]);
    assert.equal(clock.timers, 0);
    // What was fetched takes no place.
    const later = Array.from({ length: 3 }, () => links.offer(large, ignored));
    assert.deepEqual(await servedOf(later), [0, 1, 2]);
  });

  it("keeps one that is larger than that, alone", async () => {
    const small = links.offer(wav, ignored);
    const large = links.offer(Buffer.alloc(33 * 1024 * 1024), ignored);
    assert.deepEqual(await servedOf([small, large]), [1]);
  });

  it("keeps 1,000, and forgets the oldest first", () => {
    for (let index = 0; index < 1001; index += 1) links.offer(wav, ignored);
    assert.equal(clock.timers, 1000);
  });

  it("cannot be guessed: 128 random bits, none the same", () => {
    const paths = Array.from({ length: 1000 }, () => links.offer(wav, ignored));
    assert.equal(new Set(paths).size, 1000);
    for (const path of paths) assert.match(path, /^\/openai-realtime\/audio\/[0-9a-f]{32}\.wav$/);
    // Every bit is 1 in about half of them: 1,000 tosses are outside 400 to 600 once in 10^9.
    for (let bit = 0; bit < 128; bit += 1) {
      const ones = paths.filter((path) => {
        const token = path.slice(-36, -4);
        return (Number.parseInt(token[bit >> 2] ?? "", 16) >> (bit & 3)) & 1;
      }).length;
      assert.ok(ones > 400 && ones < 600, `bit ${bit} is 1 in ${ones} of 1000`);
    }
  });
});
