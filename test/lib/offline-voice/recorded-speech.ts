import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { resampled } from "../../../lib/audio/resampler";
import { parseWav } from "../../../lib/audio/wav";
import type { LanguageCode } from "../../../lib/offline-voice/language";

/** What a telephone system says, recorded by one person in each language, in packages of Debian. */
const PACKAGES: Readonly<
  Record<LanguageCode, { readonly sounds: string; readonly texts: string }>
> = {
  en: {
    sounds: "/usr/share/asterisk/sounds/en_US_f_Allison",
    texts: "/usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz",
  },
  fr: {
    sounds: "/usr/share/asterisk/sounds/fr_CA_f_June",
    texts: "/usr/share/doc/asterisk-core-sounds-fr/core-sounds-fr.txt.gz",
  },
};

export interface Recording {
  /** Words in lower case, as they are said. */
  readonly text: string;
  /** Mono, 16 kHz, recorded with 8. */
  samples(): Float32Array;
}

/** Why there are no recordings of people here; null when there are. */
export function recordingsAreMissing(language: LanguageCode): string | null {
  const { sounds, texts } = PACKAGES[language];
  return existsSync(sounds) && existsSync(texts)
    ? null
    : `asterisk-core-sounds-${language} and -${language}-wav are not installed: no person is heard`;
}

/** The recordings of 3 to 11 words that are written as they are said: without digits, beeps and letters. */
export function recordings(language: LanguageCode): readonly Recording[] {
  const { sounds, texts } = PACKAGES[language];
  const lines = gunzipSync(readFileSync(texts)).toString("utf8").split("\n");
  return lines.flatMap((line): Recording[] => {
    const [, name = "", said = ""] = /^([\w/-]+):\s*(.+)$/.exec(line) ?? [];
    const words = said.toLowerCase().match(/[\p{L}'-]+/gu) ?? [];
    const file = `${sounds}/${name}.wav`;
    const isSpelled = words.some((word) => word.length === 1 && !/[aiàyl]/.test(word));
    if (/[\d[<]/.test(said) || words.length < 3 || words.length > 11) return [];
    if (isSpelled || !existsSync(file)) return [];
    return [{ text: words.join(" "), samples: () => at16kHz(file) }];
  });
}

function at16kHz(file: string): Float32Array {
  const { samples, sampleRate } = parseWav(readFileSync(file));
  return resampled(samples, sampleRate, 16_000);
}
