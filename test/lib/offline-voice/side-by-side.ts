import { type OfflineVoice, startOfflineVoice } from "../../../lib/offline-voice/voice";

/** Recognisers at work at the same time: one for each core of a small machine. */
const COUNT = 2;

/** Recognisers that share the work of a test, whose minutes they halve. */
export interface SideBySide {
  /** What `hear` makes of each, in their order; each recogniser takes the next that is left. */
  map<Said, Heard>(
    all: readonly Said[],
    hear: (voice: OfflineVoice, said: Said, index: number) => Promise<Heard>,
  ): Promise<readonly Heard[]>;
  close(): Promise<void>;
}

export function startSideBySide(): SideBySide {
  const voices = Array.from({ length: COUNT }, () => startOfflineVoice());
  return {
    async map<Said, Heard>(
      all: readonly Said[],
      hear: (voice: OfflineVoice, said: Said, index: number) => Promise<Heard>,
    ) {
      const heard: Heard[] = [];
      const left = all.entries();
      await Promise.all(
        voices.map(async (voice) => {
          for (const [index, said] of left) heard[index] = await hear(voice, said, index);
        }),
      );
      return heard;
    },
    async close() {
      await Promise.all(voices.map((voice) => voice.close()));
    },
  };
}
