/** G.711 companding, ITU-T Recommendation G.711: one byte per sample at 8 kHz. */

const MU_LAW_BIAS = 0x84;
const MU_LAW_CLIP = 32_635;

/** Place of the highest set bit: 0 for 1, 7 for 128. */
function exponentOf(magnitude: number): number {
  return 31 - Math.clz32(magnitude);
}

function muLawByte(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), MU_LAW_CLIP) + MU_LAW_BIAS;
  const exponent = exponentOf(magnitude) - 7;
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

function muLawSample(byte: number): number {
  const code = ~byte & 0xff;
  const magnitude = ((((code & 0x0f) << 3) + MU_LAW_BIAS) << ((code >> 4) & 7)) - MU_LAW_BIAS;
  return (code & 0x80) === 0 ? magnitude : -magnitude;
}

// A-law counts 13-bit magnitudes; negative values are mirrored by complement, so -1 pairs with 0.
function aLawByte(sample: number): number {
  const sign = sample < 0 ? 0 : 0x80;
  const magnitude = (sample < 0 ? ~sample : sample) >> 4;
  const exponent = magnitude < 32 ? (magnitude >> 4) & 1 : exponentOf(magnitude) - 3;
  const mantissa = magnitude < 32 ? magnitude & 0x0f : (magnitude >> (exponent - 1)) & 0x0f;
  return (sign | (exponent << 4) | mantissa) ^ 0x55;
}

function aLawSample(byte: number): number {
  const code = byte ^ 0x55;
  const exponent = (code >> 4) & 7;
  const mantissa = ((code & 0x0f) << 4) + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
  return (code & 0x80) === 0 ? -magnitude : magnitude;
}

// Every code of 16-bit samples, indexed by the sample's two's complement bits.
function encodingTable(encode: (sample: number) => number): Uint8Array {
  return Uint8Array.from({ length: 65_536 }, (_, bits) => encode((bits << 16) >> 16));
}

function decodingTable(decode: (byte: number) => number): Int16Array {
  return Int16Array.from({ length: 256 }, (_, byte) => decode(byte));
}

// 128 KiB of tables, built only where telephone audio is used.
let muLawEncoding: Uint8Array | undefined;
let aLawEncoding: Uint8Array | undefined;
let muLawDecoding: Int16Array | undefined;
let aLawDecoding: Int16Array | undefined;

function encodeWith(table: Uint8Array, samples: Int16Array): Uint8Array {
  const bytes = new Uint8Array(samples.length);
  for (let index = 0; index < samples.length; index++) {
    bytes[index] = table[(samples[index] ?? 0) & 0xffff] ?? 0;
  }
  return bytes;
}

function decodeWith(table: Int16Array, bytes: Uint8Array): Int16Array {
  const samples = new Int16Array(bytes.length);
  for (let index = 0; index < bytes.length; index++) {
    samples[index] = table[bytes[index] ?? 0] ?? 0;
  }
  return samples;
}

/** 16-bit samples to mu-law (`audio/pcmu`), one byte each. */
export function encodeMuLaw(samples: Int16Array): Uint8Array {
  muLawEncoding ??= encodingTable(muLawByte);
  return encodeWith(muLawEncoding, samples);
}

/** Mu-law (`audio/pcmu`) to 16-bit samples. */
export function decodeMuLaw(bytes: Uint8Array): Int16Array {
  muLawDecoding ??= decodingTable(muLawSample);
  return decodeWith(muLawDecoding, bytes);
}

/** 16-bit samples to A-law (`audio/pcma`), one byte each. */
export function encodeALaw(samples: Int16Array): Uint8Array {
  aLawEncoding ??= encodingTable(aLawByte);
  return encodeWith(aLawEncoding, samples);
}

/** A-law (`audio/pcma`) to 16-bit samples. */
export function decodeALaw(bytes: Uint8Array): Int16Array {
  aLawDecoding ??= decodingTable(aLawSample);
  return decodeWith(aLawDecoding, bytes);
}
