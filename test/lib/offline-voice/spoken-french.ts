import { espeakIsMissing, speakByEspeak } from "./espeak";

/** Why there is no French speech here; null when there is. */
export function frenchIsMissing(): string | null {
  const missing = espeakIsMissing();
  return missing === null ? null : `${missing}: French is not heard by ear`;
}

/**
 * What espeak-ng says in French, as `speakByEspeak`: no voice of the package speaks it. Of its voices this
 * is the one that sounds most like people to the recogniser: its words miss the best that any words could
 * do by 38 in `confidence.ts`'s measure, people's by 31, those of its usual voice by 49.
 */
export function speakFrench(text: string, speed: number): Float32Array {
  return speakByEspeak(text, "fr+klatt4", speed);
}
