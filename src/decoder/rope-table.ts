// Cosines and sines of every position: plain RoPE, and YaRN for the layers that config.json lists.
// The reference makes frequencies and angles in f32; the same roundings are made here, and only cos and sin are finer.

import type { RopeScaling, TextConfig } from '../config.ts';

/** Frequencies of a head's pairs: theta^(-2i / D). */
export function ropeFrequencies(headDim: number, theta: number): number[] {
  return Array.from({ length: headDim / 2 }, (_, i) =>
    Math.fround(1 / Math.fround(theta ** Math.fround((2 * i) / headDim))),
  );
}

/**
 * YaRN: slow frequencies are divided by `factor`, fast ones stay, and between the two a ramp over the pair index
 * blends them. The ramp's ends are the pairs that turn `betaFast` and `betaSlow` times within the original context.
 */
export function yarnFrequencies(headDim: number, theta: number, scaling: RopeScaling): number[] {
  const turnsAt = (turns: number) =>
    (headDim * Math.log(scaling.originalMaxPositionEmbeddings / (2 * Math.PI * turns))) /
    (2 * Math.log(theta));
  const low = Math.max(0, Math.floor(turnsAt(scaling.betaFast)));
  const ceiling = Math.min(headDim - 1, Math.ceil(turnsAt(scaling.betaSlow)));
  const high = ceiling === low ? ceiling + 0.001 : ceiling;
  return ropeFrequencies(headDim, theta).map((frequency, i) => {
    const ramp = Math.min(1, Math.max(0, (i - low) / (high - low)));
    return Math.fround(frequency * (1 - ramp) + (frequency / scaling.factor) * ramp);
  });
}

/** [positions, D/2] pairs of (cos, sin), multiplied by `factor`. */
export function rotationTable(
  frequencies: readonly number[],
  positions: number,
  factor: number,
): Float32Array<ArrayBuffer> {
  const table = new Float32Array(positions * frequencies.length * 2);
  let at = 0;
  for (let position = 0; position < positions; position++)
    for (const frequency of frequencies) {
      const angle = Math.fround(position * frequency);
      table[at++] = Math.cos(angle) * factor;
      table[at++] = Math.sin(angle) * factor;
    }
  return table;
}

/** The tables of a model for positions 0 .. positions - 1; `yarn` is null when no layer uses it. */
export function ropeTables(
  config: TextConfig,
  positions: number,
): { plain: Float32Array<ArrayBuffer>; yarn: Float32Array<ArrayBuffer> | null } {
  const { headDim, ropeTheta, ropeScaling } = config;
  return {
    plain: rotationTable(ropeFrequencies(headDim, ropeTheta), positions, 1),
    yarn:
      ropeScaling &&
      rotationTable(yarnFrequencies(headDim, ropeTheta, ropeScaling), positions, ropeScaling.attentionFactor),
  };
}
