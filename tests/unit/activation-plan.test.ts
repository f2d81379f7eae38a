// What a question takes beside weights, keys and values, at the true shapes of the released models.

import { describe, expect, test } from 'vitest';
import { archFiles, archNames } from '../../cli/synth/arch.ts';
import { modelConfig } from '../../src/read-config.ts';
import { batchCrops, chunkRows, planPrefill } from '../../src/engine/plan/prompt-memory.ts';
import { plannedBuffers } from '../../src/gpu/activation-memory.ts';
import { visionTensors, type PieceSize } from '../../src/vision/vision-scratch.ts';
import { scratchBytes } from '../../src/weights/planner.ts';

const megabyte = 1e6;
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** Buffers of a question of `tokens`, the largest piece of whose pictures is `piece`. */
function planOf(name: (typeof archNames)[number], tokens: number, piece: PieceSize) {
  const config = modelConfig(archFiles(name)['config.json']);
  const vision = visionTensors(config, Math.min(batchCrops(config), piece.crops), piece);
  const { always, stages } = planPrefill(config.text, tokens, vision);
  const apart = Object.entries(stages).map(([stage, tensors]) =>
    plannedBuffers(() => null, { [stage]: tensors }),
  );
  return {
    config,
    buffers: plannedBuffers(always, stages),
    apart: sum([...plannedBuffers(always, {}), ...apart.flat()]),
  };
}

/** 384 frames of 81 tokens that pool 9 patches each, with markers and times: 87 tokens a frame. */
const framesOf = (name: (typeof archNames)[number]): PieceSize => {
  const crops = batchCrops(modelConfig(archFiles(name)['config.json']));
  return { crops, tokens: crops * 81, window: 9 };
};
const longVideo = 384 * 87 + 64;

describe('384 frames', () => {
  test('take at most 600 MB of the 4B beside weights and cache, the residual stream included', () => {
    const { config, buffers } = planOf('molmo2-4b', longVideo, framesOf('molmo2-4b'));
    expect(buffers[0]).toBe(longVideo * config.text.hiddenSize * 4);
    expect(sum(buffers)).toBeLessThan(600 * megabyte);
  });

  test.each(archNames)('the encoder and the decoder of %s share what they can', (name) => {
    const { buffers, apart } = planOf(name, longVideo, framesOf(name));
    expect(sum(buffers)).toBeLessThan(0.85 * apart);
  });

  test.each(archNames)('rows of %s are cut where every tensor may begin a binding', (name) => {
    const { text } = modelConfig(archFiles(name)['config.json']);
    const rows = chunkRows(text, longVideo);
    expect(rows % 64).toBe(0);
    expect(rows).toBeGreaterThanOrEqual(512);
  });
});

test('a picture of eight crops takes less than 400 MB of the 4B', () => {
  const picture = { crops: 9, tokens: 1225, window: 4 };
  const { buffers } = planOf('molmo2-4b', 1300, picture);
  expect(sum(buffers)).toBeLessThan(400 * megabyte);
});

test.each(archNames)('the planner promises no less for %s than a long video takes', (name) => {
  const { config, buffers } = planOf(name, longVideo, framesOf(name));
  const promised = scratchBytes(config, longVideo);
  expect(promised).toBeGreaterThanOrEqual(sum(buffers));
  expect(promised).toBeLessThan(1.25 * sum(buffers));
});
