import { types } from "node:util";
import type { Node, NodeAPI, NodeDef, NodeMessage } from "node-red";
import {
  AUDIO_INPUTS,
  AudioInputError,
  RealtimeError,
  SAMPLE_ENCODINGS,
  type AudioInput,
  type SampleEncoding,
} from "../lib/index";
import { choiceOf, numberWithin } from "./form-values";
import { actionIn } from "./message-members";
import {
  Microphone,
  MICROPHONE_ACTIONS,
  TALK_MODES,
  type MicrophoneOptions,
  type TalkMode,
} from "./microphone";
import { MicrophoneStatus } from "./microphone-status";
import { asRealtimeError, fail, reportError, succeed } from "./realtime-error";
import { ownKeyOf, sessionKeyOf } from "./session-key";
import { useSession, type SessionUse } from "./session-user";

interface AudioInDef extends NodeDef {
  session: string;
  /** Key of the session where the message names none. */
  key: string;
  input: AudioInput;
  /** Of raw samples. */
  encoding: SampleEncoding;
  /** Hz. */
  rate: string | number;
  channels: string | number;
  /** Length of the pieces that are sent, in ms. */
  frame: string | number;
  talk: TalkMode;
  /** Without the server's turns: whether the model is asked to answer. */
  respond: boolean;
  /** Whether a player or audio-out node that plays mutes the microphone. */
  gate: "mute" | "open";
  /** How long it stays muted after that, in ms. */
  tail: string | number;
}

type AudioMessage = NodeMessage & { action?: unknown };

/** Under which the problems of messages with a wrong key are remembered: no room has it. */
const NO_ROOM = "";

/** Rooms of one node whose streams are remembered; the one that was heard longest ago goes first. */
const ROOM_LIMIT = 256;

export default function register(RED: NodeAPI): void {
  function AudioInConstructor(this: Node, config: AudioInDef): void {
    RED.nodes.createNode(this, config);
    const ownKey = ownKeyOf(config);
    useSession(RED, this, config.session, ({ sessions, roomSound }) => {
      const rooms = new Map<string, Microphone>();
      const problems = new ReportedProblems();
      const status = new MicrophoneStatus(this, (id, key, level) =>
        RED._(id, { key: ownKey === "" ? key : "", level }).trim(),
      );

      const microphoneOf = (key: string): Microphone => {
        const known = rooms.get(key);
        if (known !== undefined) {
          // The order only matters where one may have to go: to keep it with each message has its price.
          if (rooms.size === ROOM_LIMIT) {
            rooms.delete(key);
            rooms.set(key, known);
          }
          return known;
        }
        const microphone = new Microphone({
          ...readForm(config),
          session: () => sessions.open(key),
          onTalk: (isTalking, talker) => roomSound.talk(key, talker, isTalking),
          onRefused: (error) => {
            if (problems.isNew(key, error))
              reportError(RED, this, errorOf(error), { realtime: { session: key } });
          },
          now: () => performance.now(),
        });
        if (roomSound.isSounding(key)) microphone.followLoudspeaker(true);
        if (rooms.size === ROOM_LIMIT) {
          const [oldest] = rooms;
          oldest?.[1].close();
          if (oldest !== undefined) rooms.delete(oldest[0]);
        }
        rooms.set(key, microphone);
        return microphone;
      };

      const take = async (key: string, message: AudioMessage): Promise<void> => {
        const microphone = microphoneOf(key);
        const { action, payload } = message;
        // A button's message has some payload; with an action, only bytes are sound.
        if (action === undefined || isBinary(payload)) {
          const heard = microphone.hear(payload);
          status.heard(key, microphone);
          await heard;
        }
        if (action !== undefined) {
          const known = actionIn(message, MICROPHONE_ACTIONS);
          // A recorder copies the message that started it into each chunk: that is nobody's doing.
          if (!isBinary(payload)) problems.forget(key);
          const acted = microphone.act(known, payload);
          status.changed(key, microphone);
          await acted.catch((error: unknown) => {
            status.changed(key, microphone);
            throw error;
          });
        }
      };

      const stopFollowing = roomSound.onSound((key, isSounding) => {
        const microphone = rooms.get(key);
        if (microphone === undefined) return;
        const { state } = microphone;
        microphone.followLoudspeaker(isSounding);
        if (microphone.state !== state) status.changed(key, microphone);
      });

      status.start();

      const input: SessionUse["input"] = (message: AudioMessage, _send, done) => {
        const failed = (key: string | undefined, error: unknown): void => {
          // A wrong setting makes every chunk wrong: saying so once is enough. A recording that is a whole
          // turn is somebody's doing.
          if (config.talk === "message" || problems.isNew(key, error))
            fail(RED, this, errorOf(error), done);
          else succeed(RED, this, done);
        };
        let key: string;
        try {
          key = sessionKeyOf(message, ownKey);
        } catch (error) {
          failed(undefined, error);
          return;
        }
        take(key, message).then(
          () => succeed(RED, this, done),
          (error: unknown) => failed(key, error),
        );
      };
      const close = (): void => {
        status.stop();
        stopFollowing();
        for (const microphone of rooms.values()) microphone.close();
      };
      return { input, close };
    });
  }

  RED.nodes.registerType("openai-realtime-audio-in", AudioInConstructor);
}

/** Kinds of problems that were reported of each room already; there are few kinds. */
class ReportedProblems {
  readonly #codes = new Map<string, Set<string>>();

  /** `key`: of the room; undefined for a message whose key is wrong. */
  isNew(key: string | undefined, error: unknown): boolean {
    const room = key ?? NO_ROOM;
    const { code } = errorOf(error);
    const codes = this.#codes.get(room) ?? new Set();
    if (codes.has(code)) return false;
    codes.add(code);
    this.#codes.set(room, codes);
    const [oldest] = this.#codes.keys();
    if (this.#codes.size > ROOM_LIMIT && oldest !== undefined) this.#codes.delete(oldest);
    return true;
  }

  /** Somebody changed something in a room: a problem that comes again is news. */
  forget(key: string): void {
    this.#codes.delete(key);
    this.#codes.delete(NO_ROOM);
  }
}

type FormOptions = Omit<MicrophoneOptions, "session" | "onTalk" | "onRefused" | "now">;

/** @throws RealtimeError `invalid_settings`: a value from the environment passes every validator. */
function readForm(config: AudioInDef): FormOptions {
  const whole = (name: "rate" | "channels" | "frame" | "tail", least: number, most: number) =>
    numberWithin(config, name, { least, most, isWhole: true });
  const input = choiceOf(config, "input", AUDIO_INPUTS) ?? "auto";
  return {
    input,
    // A WAV file says its own, and the form does not show these.
    format:
      input === "wav"
        ? { encoding: "s16le", sampleRate: 16_000, channels: 1 }
        : {
            encoding: choiceOf(config, "encoding", SAMPLE_ENCODINGS) ?? "s16le",
            sampleRate: whole("rate", 4_000, 192_000) ?? 16_000,
            channels: whole("channels", 1, 32) ?? 1,
          },
    frameMs: whole("frame", 20, 100) ?? 40,
    talk: choiceOf(config, "talk", TALK_MODES) ?? "server",
    respond: config.respond ?? true,
    followPlayer: choiceOf(config, "gate", ["mute", "open"]) !== "open",
    tailMs: whole("tail", 0, 10_000) ?? 300,
  };
}

function isBinary(payload: unknown): boolean {
  return ArrayBuffer.isView(payload) || types.isAnyArrayBuffer(payload);
}

/** What is wrong with a message's sound is told of the message. */
function errorOf(error: unknown): RealtimeError {
  if (!(error instanceof AudioInputError)) return asRealtimeError(error);
  return new RealtimeError(error.problem, `msg.payload: ${error.message}`, {
    param: "msg.payload",
  });
}
