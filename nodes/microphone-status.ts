import type { Node, NodeStatus } from "node-red";
import type { Microphone, MicrophoneState } from "./microphone";

/** How often the level is shown at most, in ms. */
const INTERVAL = 1000;
/** A microphone that gave nothing for so long is silent, in ms. */
const SILENCE = 2000;

/** The text of a status in the catalogue, for the microphone of a key. */
type Translate = (id: string, key: string, level: string) => string;

const IDLE: NodeStatus = { fill: "grey", shape: "ring", text: "status.idle" };

/** Shows on a node what its microphones do: of many rooms, the one that changed last. */
export class MicrophoneStatus {
  readonly #node: Pick<Node, "status">;
  readonly #translate: Translate;
  #shownAt = -Infinity;
  /** How each room stood when it was last heard: only a change of it is news. */
  #states = new WeakMap<Microphone, MicrophoneState>();
  #silence: NodeJS.Timeout | undefined;
  /** The one that is shown. */
  #shown: Microphone | undefined;
  #isStopped = false;

  constructor(node: Pick<Node, "status">, translate: Translate) {
    this.#node = node;
    this.#translate = translate;
  }

  start(): void {
    this.#states = new WeakMap();
    this.#node.status(IDLE);
  }

  /** Shows nothing any more: another one may show what is with the node now. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#silence);
  }

  /** A piece of audio came. */
  heard(key: string, microphone: Microphone): void {
    if (this.#isStopped) return;
    this.#awaitSilence();
    const now = performance.now();
    const isNews = this.#states.get(microphone) !== microphone.state;
    if (isNews || now - this.#shownAt >= INTERVAL) this.#show(key, microphone, now);
  }

  /** Somebody started, stopped or muted it. */
  changed(key: string, microphone: Microphone): void {
    if (this.#isStopped) return;
    this.#show(key, microphone, performance.now());
  }

  #awaitSilence(): void {
    if (this.#silence !== undefined) {
      this.#silence.refresh();
      return;
    }
    const ended = (): void => {
      this.#silence = undefined;
      // Nothing tells of the end of a mute but the microphone itself.
      if (this.#shown?.state === "muted") this.#awaitSilence();
      else this.start();
    };
    this.#silence = setTimeout(ended, SILENCE).unref();
  }

  #show(key: string, microphone: Microphone, now: number): void {
    const { state } = microphone;
    this.#shownAt = now;
    this.#states.set(microphone, state);
    this.#shown = microphone;
    if (state === "muted") this.#awaitSilence();
    const text = (id: string): string =>
      this.#translate(id, key, String(Math.round(microphone.takeLevel())));
    switch (state) {
      case "muted":
        this.#node.status({ fill: "yellow", shape: "ring", text: text("status.muted") });
        break;
      case "waiting":
        this.#node.status({ fill: "grey", shape: "dot", text: text("status.waiting") });
        break;
      case "talking":
        this.#node.status({ fill: "blue", shape: "dot", text: text("status.talking") });
        break;
    }
  }
}
