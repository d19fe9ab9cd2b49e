import type { Node, NodeAPI, NodeDef, NodeMessage } from "node-red";
import {
  AudioOutput,
  isOutputRate,
  Playback,
  RealtimeError,
  steadyClock,
  type Delivery,
  type OutputFormat,
  type PlayedItem,
} from "../lib/index";
import { AudioLinks } from "./audio-links";
import { choiceOf } from "./form-values";
import { Interruptions } from "./interruptions";
import { actionIn, realtimeIn } from "./message-members";
import { ownAddress } from "./own-address";
import { asRealtimeError, fail, reportError, succeed } from "./realtime-error";
import { ownKeyOf, sessionKeyOf } from "./session-key";
import { useSession, type SessionUse } from "./session-user";
import { showState } from "./status";
import { sayUnusable } from "./unusable-form";

interface AudioOutDef extends NodeDef {
  session: string;
  /** Key of the one session that is played; blank for all. */
  key: string;
  deliver: "stream" | "paced" | "wav" | "url";
  /** Only for a stream: WAV is always PCM. */
  encoding: OutputFormat["encoding"];
  rate: string | number;
  channels: string | number;
  /** With `url`: where players reach Node-RED, e.g. "http://192.168.1.5:1880"; blank: on this machine. */
  address: string;
}

const ACTIONS = ["stop", "played", "finished"] as const;

type ControlMessage = NodeMessage & { action?: unknown };

export default function register(RED: NodeAPI): void {
  let links: AudioLinks | undefined;
  const interruptions = new Interruptions();

  function AudioOutConstructor(this: Node, config: AudioOutDef): void {
    RED.nodes.createNode(this, config);
    const ownKey = ownKeyOf(config);
    let delivery: Delivery;
    let format: OutputFormat;
    try {
      delivery = deliveryOf(config);
      format = formatOf(config, delivery);
    } catch (error) {
      sayUnusable(RED, this, error);
      return;
    }

    const report = (key: string, error: RealtimeError): void =>
      reportError(RED, this, error, { realtime: { session: key } });

    const emit = (key: string, item: PlayedItem, members: object): void => {
      this.send({
        _msgid: RED.util.generateId(),
        topic: key,
        ...members,
        realtime: { session: key, ...item },
      } as NodeMessage);
    };

    /**
     * Returns what is to be done when it must not be played any more.
     *
     * @throws RealtimeError `no_address`
     */
    const emitWhole = (
      key: string,
      item: PlayedItem,
      wav: Buffer,
      onFetched: () => void,
    ): (() => void) => {
      if (config.deliver !== "url") {
        emit(key, item, { payload: wav });
        return () => undefined;
      }
      const root: unknown = RED.settings.httpNodeRoot;
      if (root === false) {
        const text = "Node-RED serves no addresses: httpNodeRoot is false in its settings";
        throw new RealtimeError("no_address", text, { param: "deliver" });
      }
      const offers = (links ??= new AudioLinks(RED.httpNode));
      const prefix = typeof root === "string" ? root.replace(/\/$/, "") : "";
      const address = (config.address ?? "").trim().replace(/\/$/, "") || ownAddress(RED.settings);
      const path = offers.offer(wav, onFetched);
      emit(key, item, { payload: address + prefix + path });
      return () => offers.withdraw(path);
    };

    useSession(RED, this, config.session, (node) => {
      const { sessions, roomSound } = node;
      const players = new Map<string, Playback>();

      /** A room without a session, where nothing is left to play, needs no player: keys may be many. */
      const forgetUnused = (key: string): void => {
        const player = players.get(key);
        if (player === undefined || player.isBusy || sessions.peek(key) !== undefined) return;
        players.delete(key);
        player.close();
      };

      const makePlayer = (key: string): Playback => {
        let output: AudioOutput | undefined;
        let withdraw = (): void => undefined;
        const isWhole = delivery === "whole" || delivery === "fetched";
        let failed: string | undefined;
        /** A timer asks for it: what is thrown there would end the process. */
        const convert = ({ itemId }: PlayedItem, give: () => void): void => {
          if (itemId === failed) return;
          try {
            give();
          } catch (error) {
            failed = itemId;
            report(key, conversionError(error));
          }
        };
        const player = new Playback({
          // What a player has played does not change by the time that the machine is set to.
          clock: steadyClock,
          delivery,
          settings: () => sessions.peek(key)?.settings ?? { type: "realtime" },
          send: (event) => {
            const session = sessions.peek(key);
            if (session !== undefined) interruptions.tell(session, event);
          },
          onAudio: (item, bytes, encoding) =>
            convert(item, () => {
              output ??= new AudioOutput(encoding, format);
              if (isWhole) {
                const wav = output.wav(bytes);
                // Whoever fetches it begins to play.
                withdraw = emitWhole(key, item, wav, () => player.played(0, item.itemId));
                return;
              }
              const payload = output.process(bytes);
              if (payload.length > 0) emit(key, item, { payload });
            }),
          onEnd: (item) =>
            convert(item, () => {
              const last = output;
              output = undefined;
              const payload = isWhole ? undefined : last?.flush();
              if (payload !== undefined && payload.length > 0) emit(key, item, { payload });
            }),
          onReset: (item) => {
            output = undefined;
            withdraw();
            emit(key, item, { reset: true });
          },
          onSound: (isSounding) => {
            roomSound.sound(key, player, isSounding);
            if (!isSounding) forgetUnused(key);
          },
          onError: (error) => report(key, error),
        });
        if (roomSound.isTalking(key)) player.hold();
        return player;
      };

      const unsubscribe = sessions.subscribe({
        event: (key, event, { source, cause }) => {
          if (source !== "server" || cause !== undefined || (ownKey !== "" && ownKey !== key))
            return;
          let player = players.get(key);
          if (player === undefined) {
            player = makePlayer(key);
            players.set(key, player);
          }
          player.take(event);
        },
        state: (key, { status }) => {
          if (status === "ready") return;
          // What has come is still played.
          players.get(key)?.disconnect();
          forgetUnused(key);
        },
      });
      const stopShowing = showState(this, node, ownKey);
      const stopFollowing = roomSound.onTalk((key, isTalking) => {
        const player = players.get(key);
        if (isTalking) player?.hold();
        else player?.release();
        forgetUnused(key);
      });

      const input: SessionUse["input"] = (message: ControlMessage, _send, done) => {
        try {
          const key = sessionKeyOf(message, ownKey);
          const player = players.get(key);
          const action = actionIn(message, ACTIONS);
          const itemId = itemIdOf(message);
          if (action === "played") {
            const milliseconds = millisecondsOf(message);
            player?.played(milliseconds, itemId);
          }
          if (action === "finished") player?.finished(itemId);
          if (action === "stop") player?.stop();
          if (action !== "played") roomSound.silenceLeft(key);
        } catch (error) {
          fail(RED, this, error, done);
          return;
        }
        succeed(RED, this, done);
      };
      const close = (isDeployedAnew: boolean): void => {
        unsubscribe();
        stopShowing();
        stopFollowing();
        const left = [...players];
        players.clear();
        for (const [key, player] of left) {
          // It sounds on: a microphone that hears it would take the rest of an answer for a question.
          if (isDeployedAnew) player.leave();
          else player.close();
          if (player.isBusy) roomSound.leave(key, player);
        }
      };
      return { input, close };
    });
  }

  RED.nodes.registerType("openai-realtime-audio-out", AudioOutConstructor);
}

/** @throws RealtimeError `invalid_settings` */
function deliveryOf(config: AudioOutDef): Delivery {
  const deliver = choiceOf(config, "deliver", ["stream", "paced", "wav", "url"]);
  switch (deliver) {
    case "wav":
      return "whole";
    case "url":
      return "fetched";
    case "paced":
    case "stream":
      return deliver;
    case undefined:
      return "stream";
  }
}

/**
 * What the form says; a rate that it cannot mean becomes the session's own 24 kHz.
 *
 * @throws RealtimeError `invalid_settings`
 */
function formatOf(config: AudioOutDef, delivery: Delivery): OutputFormat {
  const { rate, channels } = config;
  const encoding = choiceOf(config, "encoding", ["audio/pcm", "audio/pcmu", "audio/pcma"]);
  const isStream = delivery === "stream" || delivery === "paced";
  const isG711 = encoding === "audio/pcmu" || encoding === "audio/pcma";
  if (isStream && isG711) return { encoding, sampleRate: 8000, channels: 1 };
  const sampleRate = isOutputRate(Number(rate)) ? Number(rate) : 24_000;
  return { encoding: "audio/pcm", sampleRate, channels: Number(channels) === 2 ? 2 : 1 };
}

/** A rate that shares too little with the session's would need a filter of many megabytes. */
function conversionError(error: unknown): RealtimeError {
  if (!(error instanceof RangeError)) return asRealtimeError(error);
  return new RealtimeError("invalid_settings", error.message, { param: "rate" });
}

function itemIdOf(message: ControlMessage): string | undefined {
  const { itemId } = realtimeIn(message);
  return typeof itemId === "string" ? itemId : undefined;
}

function millisecondsOf({ payload }: ControlMessage): number {
  if (typeof payload === "number" && payload >= 0) return payload;
  throw new RealtimeError("bad_position", "msg.payload must say how many ms were played", {
    param: "msg.payload",
  });
}
