// The tokens of a long video as the prompt holds them, with random image features.

import { floats, integers } from '../kernels/random.ts';
import { narrowConfig, videoTokens } from './narrow-decoder.ts';

export interface SyntheticVideo {
  readonly ids: Uint32Array<ArrayBuffer>; // [T]
  readonly isImage: Uint8Array<ArrayBuffer>; // [T] patches and the marks around a frame
  readonly features: Float32Array<ArrayBuffer>; // [patches, C]
  /** Row of `features` of each token, -1 for those without. */
  readonly featureRows: Int32Array<ArrayBuffer>; // [T]
}

const labelTokens = 4; // a frame's time
const patchesPerFrame = 81; // 9 x 9
/** Label, patches, and a mark on either side. */
export const tokensOfFrame = labelTokens + patchesPerFrame + 2;

const textBefore = 3;
const textBehind = 21; // the question

/** 87 tokens for each frame, 83 of them of type image, between a few of text. */
export function syntheticVideo(frames: number): SyntheticVideo {
  const { frameStart, frameEnd, patch } = videoTokens;
  const text = integers(7, textBefore + frames * labelTokens + textBehind, narrowConfig.vocabSize);
  let used = 0;
  const words = (count: number) => text.subarray(used, (used += count));
  const patches = new Array<number>(patchesPerFrame).fill(patch);
  const ids = Uint32Array.from([
    ...words(textBefore),
    ...Array.from({ length: frames }, () => [...words(labelTokens), frameStart, ...patches, frameEnd]).flat(),
    ...words(textBehind),
  ]);
  let next = 0;
  return {
    ids,
    isImage: Uint8Array.from(ids, (id) => Number(id >= narrowConfig.vocabSize)),
    features: floats(8, frames * patchesPerFrame * narrowConfig.hiddenSize, Math.sqrt(3)),
    featureRows: Int32Array.from(ids, (id) => (id === patch ? next++ : -1)),
  };
}
