/** How files begin that hold sound, but no samples that could be read as they stand. */
const BEGINNINGS: readonly {
  readonly name: string;
  readonly offset: number;
  readonly text: string;
}[] = [
  { name: "WebM", offset: 0, text: "\x1a\x45\xdf\xa3" },
  { name: "Ogg", offset: 0, text: "OggS" },
  { name: "MP4", offset: 4, text: "ftyp" },
  { name: "FLAC", offset: 0, text: "fLaC" },
  { name: "MP3", offset: 0, text: "ID3" },
  { name: "AIFF", offset: 0, text: "FORM" },
  { name: "AU", offset: 0, text: ".snd" },
  { name: "CAF", offset: 0, text: "caff" },
  { name: "RIFX", offset: 0, text: "RIFX" },
];

/**
 * What kind of file these bytes begin, where they are to be samples and are none; undefined for
 * others. Samples may begin so too, but hardly ever do: ask at the beginning of a stream only.
 */
export function otherFileKind(bytes: Uint8Array): string | undefined {
  const begin = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 8));
  const start = begin.toString("latin1");
  return BEGINNINGS.find(({ offset, text }) => start.startsWith(text, offset))?.name;
}
