import assert from "node:assert/strict";
import { Playback, startLocalServer, RealtimeSession, type Delivery } from "../../../lib/index";
import { systemClock } from "../../../lib/session/clock";
import { settled } from "../../support/fake-clock";
import { eventId, type WireEvent } from "../../support/memory-server";
import { makeReadySession, target } from "./ready-session";

/** PCM of so many ms. */
const sound = (ms: number): string => Buffer.alloc(ms * 48, 1).toString("base64");

const created = (id: string, conversation_id: string | null = "conv"): WireEvent => ({
  type: "response.created",
  event_id: eventId(),
  response: { object: "realtime.response", id, status: "in_progress", output: [], conversation_id },
});
const delta = (response_id: string, item_id: string, ms: number): WireEvent => ({
  type: "response.output_audio.delta",
  event_id: eventId(),
  response_id,
  item_id,
  output_index: 0,
  content_index: 0,
  delta: sound(ms),
});
const done = (id: string): WireEvent => ({
  type: "response.done",
  event_id: eventId(),
  response: { object: "realtime.response", id, status: "completed", output: [] },
});
const speech: WireEvent = {
  type: "input_audio_buffer.speech_started",
  event_id: "e",
  audio_start_ms: 0,
  item_id: "user",
};
const silence: WireEvent = {
  ...speech,
  type: "input_audio_buffer.speech_stopped",
  audio_end_ms: 1,
};

async function makePlayback(delivery: Delivery, interrupt_response?: boolean) {
  const settings = {
    type: "realtime",
    audio: {
      input: {
        turn_detection: { type: "server_vad", interrupt_response: interrupt_response ?? true },
      },
    },
  } as const;
  const made = await makeReadySession({ settings });
  const { session, clock, peer } = made;
  const log: string[] = [];
  /** When the loudspeaker began to sound and fell silent, in ms from the start. */
  const sounds: [number, boolean][] = [];
  const start = clock.now();
  const playback = new Playback({
    clock,
    delivery,
    settings: () => session.settings,
    send: (event) => void session.send(event).catch(() => undefined),
    onAudio: ({ itemId }, { length }) => log.push(`${itemId} ${length / 48}`),
    onEnd: ({ itemId }) => log.push(`${itemId} end`),
    onReset: ({ itemId }) => log.push(`${itemId} reset`),
    onSound: (isSounding) => sounds.push([clock.now() - start, isSounding]),
    onError: ({ code }) => log.push(code),
  });
  session.on("event", (event) => playback.take(event));
  /** The events about an interruption that were sent, in short. */
  const sent = async (): Promise<unknown[]> => {
    await settled();
    return peer.received
      .filter(({ type }) => type.endsWith(".cancel") || type.endsWith(".truncate"))
      .map((event) =>
        event.type === "response.cancel"
          ? ["cancel", event["response_id"]]
          : [event["item_id"], event["audio_end_ms"]],
      );
  };
  return { ...made, playback, log, sounds, sent };
}

describe("playback", () => {
  it("hands a stream on as it comes and truncates at what was heard", async () => {
    const { peer, clock, log, sent, errors } = await makePlayback("stream");
    peer.send(created("r"), delta("r", "a", 400), delta("r", "a", 600));
    await clock.advance(730);
    peer.send(speech);
    assert.deepEqual(log, ["a 400", "a 600", "a reset"]);
    assert.deepEqual(await sent(), [["a", 730]]);
    assert.deepEqual(errors, []);
  });

  it("waits where nothing has come yet, and never goes past what was received", async () => {
    const { peer, clock, sent } = await makePlayback("stream");
    peer.send(created("r"), delta("r", "a", 100));
    await clock.advance(500);
    peer.send(delta("r", "a", 100));
    await clock.advance(60);
    peer.send(speech, silence);
    assert.deepEqual(await sent(), [["a", 160]]);
    peer.send(created("r2"), delta("r2", "b", 100));
    await clock.advance(900);
    peer.send(speech);
    assert.deepEqual((await sent()).slice(1), [["b", 100]]);
  });

  it("truncates at 0 when nothing was heard", async () => {
    const { peer, sent } = await makePlayback("paced");
    peer.send(created("r"), delta("r", "a", 100), speech);
    assert.deepEqual(await sent(), [["a", 0]]);
  });

  it("truncates nothing that was heard to its end", async () => {
    const { peer, clock, playback, log, sent } = await makePlayback("stream");
    peer.send(created("r"), delta("r", "a", 100), done("r"));
    await clock.advance(100);
    assert.equal(playback.isBusy, false);
    peer.send(speech);
    assert.deepEqual(log, ["a 100", "a end"]);
    assert.deepEqual(await sent(), []);
  });

  it("cancels where the server does not interrupt by itself, and only what runs", async () => {
    const { peer, clock, sent } = await makePlayback("stream", false);
    peer.send(created("r"), delta("r", "a", 100));
    await clock.advance(40);
    peer.send(speech);
    assert.deepEqual(await sent(), [
      ["cancel", "r"],
      ["a", 40],
    ]);
    peer.send(done("r"), silence, created("r2"), delta("r2", "b", 100), done("r2"));
    await clock.advance(40);
    peer.send(speech);
    assert.deepEqual((await sent()).slice(2), [["b", 40]]);
  });

  it("cancels by a person's word even where the server interrupts by itself", async () => {
    const { peer, clock, playback, sent } = await makePlayback("stream");
    peer.send(created("r"), delta("r", "a", 100));
    await clock.advance(25);
    playback.stop();
    playback.stop();
    assert.deepEqual((await sent()).slice(0, 2), [
      ["cancel", "r"],
      ["a", 25],
    ]);
  });

  it("throws away audio of an interrupted answer that comes late", async () => {
    const { peer, log } = await makePlayback("stream");
    peer.send(created("r"), delta("r", "a", 100), speech, delta("r", "a", 100), done("r"), silence);
    assert.deepEqual(log, ["a 100", "a reset"]);
  });

  it("paces by the clock: one frame ahead of what is heard, and stops at once", async () => {
    const { peer, clock, log, sent } = await makePlayback("paced");
    peer.send(created("r"), delta("r", "a", 900));
    await clock.advance(50);
    // More that comes makes no pieces of a few samples.
    peer.send(delta("r", "a", 100));
    assert.deepEqual(log, ["a 20", "a 20", "a 20"]);
    peer.send(speech);
    await clock.advance(1000);
    assert.deepEqual(log.slice(3), ["a reset"]);
    assert.deepEqual(await sent(), [["a", 50]]);
  });

  it("counts nothing as heard that a late timer has not given yet", async () => {
    const { peer, clock, log, sent } = await makePlayback("paced");
    peer.send(created("r"), delta("r", "a", 1000));
    await clock.advance(30);
    clock.stall(500);
    peer.send(speech);
    assert.deepEqual(log, ["a 20", "a 20", "a reset"]);
    assert.deepEqual(await sent(), [["a", 40]]);
  });

  it("counts little as heard of what a blocked process did not give for seconds", async () => {
    const { peer, clock, sent } = await makePlayback("paced");
    peer.send(created("r"), delta("r", "a", 10_000));
    await clock.advance(1000);
    clock.stall(3000);
    await clock.advance(500);
    peer.send(speech);
    // It had 20 ms more, and was then given what would have lasted it for half a second.
    assert.deepEqual(await sent(), [["a", 1000 + 20 + 500 + 500]]);
  });

  for (const delivery of ["stream", "paced"] as const) {
    it(`truncates within 20 ms of what a player has heard at any moment: ${delivery}`, async () => {
      // Audio comes in bursts, with a stall of 300 ms in the middle; 600 ms in all.
      const bursts = [
        [0, 200],
        [50, 100],
        [600, 300],
      ] as const;
      for (let moment = 0; moment <= 1000; moment += 7) {
        const { session, peer, clock, log, sent, errors } = await makePlayback(delivery);
        peer.send(created("r"));
        let now = 0;
        for (const [at, length] of bursts) {
          if (at > moment) break;
          await clock.advance(at - now);
          now = at;
          peer.send(delta("r", "a", length));
        }
        await clock.advance(moment - now);
        const received = bursts.reduce((sum, [at, ms]) => sum + (at <= moment ? ms : 0), 0);
        // It plays 300 ms, waits until 600 ms for more, and plays on.
        const heard = moment < 600 ? Math.min(moment, 300) : 300 + Math.min(moment - 600, 300);
        peer.send(speech);
        const [[item, end] = assert.fail(`not truncated at ${moment} ms`)] = (await sent()) as [
          string,
          number,
        ][];
        assert.equal(item, "a");
        assert.ok(end <= received, `${end} of ${received} ms at ${moment} ms`);
        assert.ok(Math.abs(end - heard) <= 20, `${end} for ${heard} ms at ${moment} ms`);
        assert.equal(log.at(-1), "a reset");
        const given = log.length;
        await clock.advance(1000);
        assert.equal(log.length, given);
        assert.deepEqual(errors, []);
        await session.close();
      }
    });
  }

  it("hands over a whole item at its end and counts from there", async () => {
    const { peer, clock, log, sent } = await makePlayback("whole");
    peer.send(created("r"), delta("r", "a", 100));
    await clock.advance(300);
    assert.deepEqual(log, []);
    peer.send(delta("r", "a", 100), done("r"));
    await clock.advance(30);
    peer.send(speech);
    assert.deepEqual(log, ["a 200", "a end", "a reset"]);
    assert.deepEqual(await sent(), [["a", 30]]);
  });

  it("believes the player's reports more than the clock", async () => {
    const { peer, clock, playback, sent } = await makePlayback("stream");
    peer.send(created("r"), delta("r", "a", 1000));
    await clock.advance(500);
    playback.played(200, "a");
    playback.played(900, "another");
    await clock.advance(10);
    peer.send(speech);
    assert.deepEqual(await sent(), [["a", 210]]);
  });

  it("goes on to the next when the player says that it has finished", async () => {
    const { peer, playback, log } = await makePlayback("stream");
    peer.send(created("r"), delta("r", "a", 1000), done("r"));
    playback.finished("a");
    peer.send(created("r2"), delta("r2", "b", 10));
    assert.deepEqual(log, ["a 1000", "a end", "b 10"]);
  });

  it("queues announcements behind speech and never truncates them", async () => {
    const { peer, clock, log, sent } = await makePlayback("stream");
    peer.send(created("r"), delta("r", "a", 100));
    peer.send(created("n", null), delta("n", "news", 50), done("n"));
    peer.send(done("r"), created("r2"), delta("r2", "b", 40), done("r2"));
    await clock.advance(100);
    assert.deepEqual(log, ["a 100", "a end", "b 40", "b end"]);
    await clock.advance(40);
    assert.deepEqual(log.slice(4), ["news 50", "news end"]);
    peer.send(speech);
    assert.deepEqual(log.slice(6), ["news reset"]);
    assert.deepEqual(await sent(), []);
  });

  it("keeps an announcement that waits until the person has spoken", async () => {
    const { peer, log } = await makePlayback("stream");
    peer.send(created("r"), delta("r", "a", 100));
    peer.send(created("n", null), delta("n", "news", 50), done("n"), speech);
    assert.deepEqual(log, ["a 100", "a reset"]);
    peer.send(silence);
    assert.deepEqual(log.slice(2), ["news 50", "news end"]);
  });

  it("truncates nothing on a new connection that the lost one had said", async () => {
    const { peer, playback, sent } = await makePlayback("stream");
    peer.send(created("r"), delta("r", "a", 100));
    playback.disconnect();
    peer.send(speech);
    assert.deepEqual(await sent(), []);
  });

  for (const type of ["cleared", "committed"]) {
    it(`plays on when the server ends speech by ${type} alone`, async () => {
      const { peer, log } = await makePlayback("stream");
      peer.send(speech, { ...silence, type: `input_audio_buffer.${type}` });
      peer.send(created("r"), delta("r", "a", 100), done("r"));
      assert.deepEqual(log, ["a 100", "a end"]);
    });
  }

  it("plays the next answer when a server never ends one", async () => {
    const { peer, clock, log } = await makePlayback("stream");
    peer.send(created("r"), delta("r", "a", 100));
    await clock.advance(60_000);
    peer.send(created("n", null), delta("n", "news", 50), done("n"));
    peer.send(created("r2"), delta("r2", "b", 100), done("r2"));
    await clock.advance(100);
    assert.deepEqual(log, ["a 100", "a end", "news 50", "news end", "b 100", "b end"]);
  });

  it("stops the whole of an answer that a lost connection had given", async () => {
    const { peer, playback, log, sent } = await makePlayback("stream");
    peer.send(created("r"), delta("r", "a", 100), delta("r", "b", 100));
    peer.send(created("n", null), delta("n", "news", 50), done("n"));
    playback.disconnect();
    playback.stop();
    assert.deepEqual(log, ["a 100", "a end", "a reset", "news 50", "news end"]);
    assert.deepEqual(await sent(), []);
  });

  describe("knows when the loudspeaker sounds", () => {
    it("of a stream: while there is something to be heard", async () => {
      const { peer, clock, sounds } = await makePlayback("stream");
      peer.send(created("r"), delta("r", "a", 400));
      await clock.advance(1000);
      assert.deepEqual(sounds.splice(0), [
        [0, true],
        [400, false],
      ]);
      peer.send(delta("r", "a", 100), done("r"));
      peer.send(created("n", null), delta("n", "news", 50), done("n"));
      await clock.advance(1000);
      assert.deepEqual(sounds, [
        [1000, true],
        [1150, false],
      ]);
    });

    it("of a stream at the pace of speech: to the end of its last frame", async () => {
      const { peer, clock, sounds } = await makePlayback("paced");
      peer.send(created("r"), delta("r", "a", 110), done("r"));
      await clock.advance(1000);
      assert.deepEqual(sounds, [
        [0, true],
        [110, false],
      ]);
    });

    it("of a file: from when it is handed over", async () => {
      const { peer, clock, sounds } = await makePlayback("whole");
      peer.send(created("r"), delta("r", "a", 100));
      await clock.advance(300);
      peer.send(done("r"));
      await clock.advance(1000);
      assert.deepEqual(sounds, [
        [300, true],
        [400, false],
      ]);
    });

    it("of an address: from when it is fetched", async () => {
      const { peer, clock, playback, sounds, sent } = await makePlayback("fetched");
      peer.send(created("r"), delta("r", "a", 100), done("r"));
      await clock.advance(2000);
      playback.played(0, "a");
      await clock.advance(40);
      peer.send(speech);
      assert.deepEqual(sounds, [
        [2000, true],
        [2040, false],
      ]);
      assert.deepEqual(await sent(), [["a", 40]]);
    });

    it("of an address that nobody says was fetched: after 10 s, and then others follow", async () => {
      const { peer, clock, log, sounds } = await makePlayback("fetched");
      peer.send(created("r"), delta("r", "a", 100), done("r"));
      await clock.advance(5000);
      peer.send(created("r2"), delta("r2", "b", 100), done("r2"));
      await clock.advance(6000);
      assert.deepEqual(sounds, [
        [10_000, true],
        [10_100, false],
      ]);
      assert.deepEqual(log, ["a 100", "a end", "b 100", "b end"]);
    });

    for (const [delivery, silentAt, given] of [
      ["stream", 400, ["a 400"]],
      ["paced", 140, Array(7).fill("a 20")],
      ["whole", undefined, []],
    ] as const)
      it(`to the end of what the player has that is given no more: ${delivery}`, async () => {
        const { peer, clock, playback, log, sounds, sent } = await makePlayback(delivery);
        peer.send(created("r"), delta("r", "a", 400), created("n", null), delta("n", "b", 400));
        await clock.advance(130);
        playback.leave();
        await clock.advance(1000);
        assert.deepEqual(log, given);
        assert.deepEqual(
          sounds,
          silentAt === undefined
            ? []
            : [
                [0, true],
                [silentAt, false],
              ],
        );
        assert.equal(playback.isBusy, false);
        assert.deepEqual(await sent(), []);
      });

    it("by the reports of the player, and falls silent with it", async () => {
      const { peer, clock, playback, sounds } = await makePlayback("stream");
      peer.send(created("r"), delta("r", "a", 1000), done("r"));
      await clock.advance(500);
      playback.played(100);
      await clock.advance(800);
      playback.finished();
      peer.send(created("r2"), delta("r2", "b", 1000));
      await clock.advance(10);
      playback.close();
      assert.deepEqual(sounds, [
        [0, true],
        [1300, false],
        [1300, true],
        [1310, false],
      ]);
    });
  });

  it("is silent while somebody holds the button although the connection is lost", async () => {
    const { peer, playback, log } = await makePlayback("stream", false);
    playback.hold();
    peer.send(created("n", null), delta("n", "news", 50), done("n"));
    playback.disconnect();
    assert.deepEqual(log, []);
    playback.release();
    assert.deepEqual(log, ["news 50", "news end"]);
  });

  it("is silent while somebody holds the button to talk, and then plays what waits", async () => {
    const { peer, clock, playback, log, sounds, sent } = await makePlayback("stream", false);
    peer.send(created("r"), delta("r", "a", 1000));
    peer.send(created("n", null), delta("n", "news", 50), done("n"));
    await clock.advance(100);
    playback.hold();
    assert.deepEqual(await sent(), [
      ["cancel", "r"],
      ["a", 100],
    ]);
    await clock.advance(5000);
    assert.deepEqual(log, ["a 1000", "a reset"]);
    playback.release();
    assert.deepEqual(log.slice(2), ["news 50", "news end"]);
    assert.deepEqual(sounds, [
      [0, true],
      [100, false],
      [5100, true],
    ]);
  });

  it("takes deltas without audio for nothing, of however many items", async () => {
    const { peer, playback, log } = await makePlayback("whole");
    peer.send(created("r"));
    for (let item = 0; item < 2000; item++) peer.send(delta("r", `empty ${item}`, 0));
    assert.equal(playback.isBusy, false);
    peer.send(delta("r", "a", 10), delta("r", "a", 0), done("r"));
    assert.deepEqual(log, ["a 10", "a end"]);
  });

  it("holds no more items than it may", async () => {
    const { peer, log } = await makePlayback("whole");
    peer.send(created("r"));
    for (let item = 0; item < 2000; item++) peer.send(delta("r", `item ${item}`, 1));
    assert.equal(log.filter((entry) => entry === "playback_full").length, 1);
    assert.deepEqual(log.slice(0, 2), ["item 0 1", "item 0 end"]);
  });

  it("holds no more than it may", async () => {
    const { peer, log } = await makePlayback("whole");
    peer.send(created("r"));
    for (let minute = 0; minute < 13; minute++) peer.send(delta("r", "a", 60_000));
    assert.deepEqual(log, [`a ${11 * 60_000}`, "a end", "playback_full"]);
  });

  it("is never answered with an error by the built-in server", async () => {
    const server = await startLocalServer({ token: null });
    const session = new RealtimeSession({ target: () => ({ ...target, url: server.url }) });
    const errors: { code?: unknown }[] = [];
    const playback = new Playback({
      clock: systemClock,
      delivery: "stream",
      settings: () => session.settings,
      send: (event) =>
        void session.send(event).catch((error: { code?: unknown }) => errors.push(error)),
      onAudio: () => undefined,
      onEnd: () => undefined,
      onReset: () => undefined,
      onError: (error) => errors.push(error),
    });
    session.on("event", (event) => {
      playback.take(event);
      if (event.type === "error") errors.push(event.error);
    });
    session.on("error", (error) => errors.push(error));
    try {
      for (const when of ["response.output_audio.delta", "response.done"]) {
        const stopped = new Promise<void>((resolve) => {
          session.on("event", ({ type }) => {
            if (type === when) playback.stop();
            if (type === "response.done") setImmediate(resolve);
          });
        });
        await session.send({
          type: "conversation.item.create",
          item: { type: "message", role: "user", content: [{ type: "input_text", text: "Hello" }] },
        });
        session.send({ type: "response.create" }).catch(() => undefined);
        await stopped;
        // Answered in order: what was sent before is settled by then.
        await session.update({});
      }
      assert.deepEqual(errors, []);
    } finally {
      playback.close();
      await session.close();
      await server.close();
    }
  });
});
