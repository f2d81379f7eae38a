// Manifests and safetensors headers that were damaged at random, or with intent.

import { expect, test } from 'vitest';
import { bundleChunkList } from '../../src/weights/bundle/bundle-chunk.ts';
import {
  chunkBytes,
  manifestText,
  parseManifest,
  type BundleManifest,
} from '../../src/weights/bundle/manifest.ts';
import { headerLength, parseHeader, type ListedTensor } from '../../src/weights/checkpoint/safetensors.ts';
import { damaged, one } from '../hostile/damage-json.ts';
import { eachSeed, inputsOf } from '../hostile/each-seed.ts';
import { validManifest } from './bundle-manifest.ts';

const inputs = inputsOf(2000);
// Far above what any of them takes, also where many programs share the processor.
const limits = {
  codes: ['bad-bundle', 'bad-checkpoint', 'unsupported-model'],
  slowestMs: 1000,
} as const;

function within(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** What a loader relies on, checked in another way than by the parser. */
function checkManifest({ shards, tensors, aliases }: BundleManifest): void {
  for (const { file, byteLength, sha256 } of shards) {
    within(/^[\w-]+(\.[\w-]+)*\.bin$/.test(file), `shard ${file}`);
    within(byteLength > (sha256.length - 1) * chunkBytes && byteLength <= sha256.length * chunkBytes, 'chunks');
  }
  const taken: [number, number, number][] = [];
  for (const { name, shape, format, shard, byteOffset, byteLength } of tensors) {
    const values = shape.reduce((product, size) => product * size, 1);
    const bits = { f32: 32, f16: 16, q8: 8, q4: 4 }[format];
    within(byteOffset >= 0 && byteOffset + byteLength <= (shards[shard]?.byteLength ?? -1), `range of ${name}`);
    within(byteLength >= (values * bits) / 8 && Number.isSafeInteger(values), `size of ${name}`);
    within(!/[\\/]|\.\./.test(name), `name ${name}`);
    within(!taken.some(([s, a, b]) => s === shard && a < byteOffset + byteLength && b > byteOffset), 'overlap');
    taken.push([shard, byteOffset, byteOffset + byteLength]);
  }
  const names = new Set(tensors.map(({ name }) => name));
  within(names.size === tensors.length, 'names');
  for (const [name, target] of aliases) within(names.has(target) && !names.has(name), `alias ${name}`);
  within(bundleChunkList({ shards }).every(({ start, end, fileBytes }) => start < end && end <= fileBytes), 'chunk');
} // prettier-ignore

test('damaged manifests are refused with an error of ours or are within all bounds', async () => {
  const { accepted, refused } = await eachSeed(inputs, limits, (random) => {
    const bytes = damaged(validManifest(), random);
    const read = () => {
      const manifest = parseManifest(bytes, 'molmo2.json');
      checkManifest(manifest);
      // What is accepted means the same when it is written and read again.
      const text = manifestText(manifest);
      expect(manifestText(parseManifest(new TextEncoder().encode(text), 'm'))).toBe(text);
    };
    return { byteLength: bytes.byteLength, read };
  });
  // Both happen, or the damage is too coarse or too fine to say anything.
  expect(accepted).toBeGreaterThan(inputs / 20);
  expect(refused).toBeGreaterThan(inputs / 2);
});

const validHeader = {
  __metadata__: { format: 'pt' },
  'model.transformer.wte.embedding': { dtype: 'F32', shape: [100, 40], data_offsets: [0, 16_000] },
  'model.transformer.ln_f.weight': { dtype: 'BF16', shape: [40], data_offsets: [16_000, 16_080] },
  'lm_head.weight': { dtype: 'F16', shape: [100, 40], data_offsets: [16_080, 24_080] },
  empty: { dtype: 'F32', shape: [0, 7], data_offsets: [24_080, 24_080] },
};

function checkHeader(tensors: readonly ListedTensor[], headerBytes: number, fileBytes: number): void {
  const taken: [number, number][] = [];
  for (const { name, dtype, shape, start, end } of tensors) {
    const values = shape.reduce((product, size) => product * size, 1);
    within(start >= 8 + headerBytes && end <= fileBytes && start <= end, `range of ${name}`);
    // Tensors of a type that nobody reads may have any size.
    if (['F32', 'F16', 'BF16'].includes(dtype))
      within(end - start === values * (dtype === 'F32' ? 4 : 2), `size of ${name}`);
    within(!taken.some(([a, b]) => a < end && b > start), 'overlap');
    taken.push([start, end]);
  }
  within(new Set(tensors.map(({ name }) => name)).size === tensors.length, 'names');
}

test('damaged safetensors headers are refused with an error of ours or are within all bounds', async () => {
  const { accepted, refused } = await eachSeed(inputs, limits, (random) => {
    const header = damaged(validHeader, random);
    // Long enough for all tensors, or for the first of them.
    const fileBytes = one(random, [100_000, 100_000, 20_000]);
    const read = () =>
      checkHeader(parseHeader(header, 'model.safetensors', fileBytes), header.byteLength, fileBytes);
    return { byteLength: header.byteLength, read };
  });
  expect(accepted).toBeGreaterThan(inputs / 20);
  expect(refused).toBeGreaterThan(inputs / 2);
});

test('lengths of headers are refused or fit into the file and into memory', async () => {
  const { accepted, refused } = await eachSeed(inputs, limits, (random) => {
    const digits = one(random, [1, 1, 2, 2, 3, 4, 8]);
    const bytes = Uint8Array.from({ length: 8 }, (_, i) => (i < digits ? random(256) : 0));
    const size = one(random, [0, 8, 100, 70_000, 1e9, 1e15, Infinity]);
    const first8 = bytes.subarray(0, one(random, [8, 8, 8, 0, 7]));
    const read = () => {
      const length = headerLength(first8, 'model.safetensors', size);
      within(length >= 2 && length <= Math.min(size - 8, 16 * 1024 * 1024), `length ${length}`);
    };
    return { byteLength: 8, read };
  });
  expect(accepted).toBeGreaterThan(inputs / 20);
  expect(refused).toBeGreaterThan(inputs / 2);
});
