// What a step of several branches costs in dispatches: the list of the 4B at its true shapes, recorded on Dawn's null backend.

import { expect, test } from 'vitest';
import { KvCache } from '../../src/decoder/kv-cache.ts';
import { RowLoop } from '../../src/engine/branches/row-loop.ts';
import { tokenList } from '../../src/engine/decode/token-list.ts';
import type { Dispatch } from '../../src/gpu/kernel.ts';
import { shapesOnly } from '../../src/gpu/tensor-source.ts';
import { branchCursorWords } from '../../src/kernels/attention/cursors.ts';
import { narrowWeights, nullRunner, releasedConfig } from '../narrow-decoder.ts';

const runner = await nullRunner({ subgroupSize: 32 });
const config = releasedConfig('molmo2-4b');
const weights = narrowWeights(runner.device, 'molmo2-4b', 'q4');
const cache = new KvCache(runner.device, config, 512, 'f16');

/** The list of a step; without rows that of one answer. */
function listOf(rows: number | null): Dispatch[] {
  const tensors = {
    id: shapesOnly.tensor('id', [rows ?? 1], 'u32'),
    cursor: shapesOnly.tensor('cursor', rows === null ? [2] : [rows, branchCursorWords], 'u32'),
    stops: shapesOnly.tensor('stops', [1], 'u32'),
    logits: shapesOnly.tensor('logits', [rows ?? 1, config.vocabSize]),
    best: shapesOnly.tensor('best', [1], 'u32'),
  };
  return tokenList(runner.kernels, config, weights, cache, tensors, shapesOnly);
}

/** How often each matrix is read: by every dispatch that binds it, for each row of workgroups that reads it again. */
function weightReads(list: readonly Dispatch[]): number {
  return list
    .filter(({ kernel, tensors }) => 'scales' in tensors && !kernel.name.startsWith('embedding'))
    .reduce((sum, { workgroups: [, again = 1] }) => sum + again, 0);
}

test.each([1, 2, 4, 8])(
  'a step of %i branches reads each weight as often as a token of one answer',
  (rows) => {
    const alone = listOf(null);
    expect(weightReads(alone)).toBe(4 * config.numLayers + 1);
    expect(weightReads(listOf(rows))).toBe(weightReads(alone));
  },
);

test('a step of branches is accepted as it is, and costs two norms a layer more than a token of one answer', async () => {
  const loop = await RowLoop.create({ runner, config, weights }, cache, 4);
  const choice = 2;
  expect(loop.dispatches).toBe(listOf(null).length + 2 * config.numLayers + 1 + choice);
  const cursor = { position: 300, stopped: false, prefix: 256, start: 300 };
  const start = { id: 1, cursor, steps: 3, endIds: [], change: null, before: [] };
  await loop.begin([start, start, start, start]);
  loop.submit();
  expect(await loop.next()).toHaveLength(4);
  runner.check();
  loop.destroy();
  cache.destroy();
  weights.destroy();
  runner.destroy();
});
