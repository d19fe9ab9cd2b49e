import type { Decoder, SoundSwallowerModule } from "soundswallower";

/** What the engine exports besides what its types tell: functions on the addresses of its objects. */
interface Exports {
  _decoder_fe(decoder: number): number;
  _decoder_init_feat_s3file(decoder: number, transform: number): number;
  _acmod_reinit_feat(acousticModel: number, frontEnd: number, features: number): number;
}

/** What a decoder holds besides what its types tell: addresses. */
interface Addresses {
  readonly cdecoder: number;
  readonly cacmod: number;
}

/**
 * The part of a decoder that makes features of sound, which it measures against the mean of the speech.
 *
 * Speech that comes whole is measured against its own mean, and speech that comes in pieces against the
 * mean of what came before. A decoder that was once given pieces never measures a whole against its own
 * mean again (`feat_cmn` in its feat.c), and understands half as much of another voice. `renew` makes it
 * as new, in 0.1 ms. The engine's own `reinitialize_audio` does as much, but not at once.
 */
export class SoundFeatures {
  readonly #exports: Exports;
  readonly #addresses: Addresses;

  private constructor(exports: Exports, addresses: Addresses) {
    this.#exports = exports;
    this.#addresses = addresses;
  }

  /** Null where the engine has not got what is needed: then speech must come whole. */
  static of(engine: SoundSwallowerModule, decoder: Decoder): SoundFeatures | null {
    return hasExports(engine) && hasAddresses(decoder) ? new SoundFeatures(engine, decoder) : null;
  }

  /** Between two utterances only. */
  renew(): void {
    const { cdecoder, cacmod } = this.#addresses;
    // The models have no transform of features.
    const features = this.#exports._decoder_init_feat_s3file(cdecoder, 0);
    const frontEnd = this.#exports._decoder_fe(cdecoder);
    if (features === 0 || this.#exports._acmod_reinit_feat(cacmod, frontEnd, features) < 0)
      throw new Error("the recogniser cannot be made ready for another utterance");
  }
}

function hasExports(engine: object): engine is Exports {
  return ["_decoder_fe", "_decoder_init_feat_s3file", "_acmod_reinit_feat"].every(
    (name) => name in engine && typeof engine[name as keyof typeof engine] === "function",
  );
}

function hasAddresses(decoder: object): decoder is Addresses {
  return ["cdecoder", "cacmod"].every(
    (name) => name in decoder && typeof decoder[name as keyof typeof decoder] === "number",
  );
}
