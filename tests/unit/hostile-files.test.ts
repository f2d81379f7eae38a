// Manifests and safetensors headers that were damaged at random, or with intent. HOSTILE_INPUTS sets how many of each kind
// are tried, HOSTILE_SEED where they begin; a failure names the seed that brings it back.

import process from 'node:process';
import { expect, test } from 'vitest';
import { Molmo2Error } from '../../src/errors.ts';
import { bundleChunkList } from '../../src/weights/bundle/bundle-chunk.ts';
import {
  chunkBytes,
  manifestText,
  parseManifest,
  type BundleManifest,
} from '../../src/weights/bundle/manifest.ts';
import { headerLength, parseHeader, type ListedTensor } from '../../src/weights/checkpoint/safetensors.ts';
import { validManifest } from './bundle-manifest.ts';

const inputs = Number(process.env['HOSTILE_INPUTS'] ?? 2000);
const firstSeed = Number(process.env['HOSTILE_SEED'] ?? 1);
// Far above what any of them takes, also where many programs share the processor.
const slowestMs = 1000;
const mostBytes = 4 * 1024 * 1024;

type Random = (below: number) => number;

function randomOf(seed: number): Random {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const one = <T>(random: Random, list: readonly T[]): T => list[random(list.length)]!;

/** Values that someone who means harm would write; texts that begin with # stand for what JSON.stringify cannot write. */
const hostile: readonly unknown[] = [
  -1, -256, 0, 1, 0.5, 3, 255, 256, 512, 2 ** 31, 2 ** 32, 2 ** 52, 2 ** 53, 2 ** 63, 1e300, -1e300, 1e-300,
  '#1e999', '#-1e999', '#-0', '#NaN', '#Infinity', '#0x10', '#01', '#1_000', null, true, false, '', '0', '8388608',
  '../weights.bin', '..', '/etc/passwd.bin', 'C:\\x.bin', 'a/b.bin', 'weights-1.bin', 'a\0.bin', 'x'.repeat(5000), '%2e%2e%2fx.bin',
  '__proto__', 'constructor', 'toString', 'lm_head.weight', 'f32', 'F32', 'F16', 'BF16', 'F64', 'q4', 'q8', 'rows', 'tile64',
  [], {}, [[]], [1, 2, 3], [0, 0], [-4, 4], [4, -4], [2 ** 31, 2 ** 31], [2 ** 53, 4], [1e200, 1e200], ['#1e999', 4],
  Array.from({ length: 300 }, () => 1), { __proto__: null }, { length: 2 ** 32 },
]; // prettier-ignore

interface Place {
  readonly holder: Record<string | number, unknown>;
  readonly key: string | number;
}

/** Every place of a JSON value. */
function placesOf(value: unknown, found: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return found;
  for (const key of Array.isArray(value) ? value.keys() : Object.keys(value)) {
    const holder = value as Record<string | number, unknown>;
    found.push({ holder, key });
    placesOf(holder[key], found);
  }
  return found;
}

/** Changes one place of the value. */
function changeValue(value: unknown, random: Random): void {
  const places = placesOf(value);
  if (places.length === 0) return;
  const { holder, key } = one(random, places);
  const before = holder[key];
  switch (random(8)) {
    case 7:
      // A second one of a tensor, with or without another name.
      if (Array.isArray(holder) && typeof before === 'object' && before !== null)
        holder.splice(Number(key), 0, { ...structuredClone(before), ...(random(2) && { name: 'other', file: 'other.bin' }) });
      break;
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[key];
      break;
    case 1:
      if (Array.isArray(holder)) holder.splice(Number(key), 0, structuredClone(before));
      else holder[JSON.stringify(one(random, hostile))] = structuredClone(before);
      break;
    case 2:
      holder[key] = structuredClone(one(random, places).holder[one(random, places).key]);
      break;
    case 3:
      // Near misses: what is nearly right gets further than what is plainly wrong.
      holder[key] = typeof before === 'number' ? before + one(random, [-256, -4, -1, 1, 4, 256, before]) : before;
      break;
    default:
      holder[key] = structuredClone(one(random, hostile));
  }
} // prettier-ignore

/** Changes the text without regard for what it means. */
function changeText(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random(bytes.length + 1);
  const length = random(40);
  const [head, middle, tail] = [bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at + length)];
  const noise = Uint8Array.from({ length: random(20) }, () => random(256));
  switch (random(6)) {
    case 0:
      return head.slice();
    case 1:
      return Buffer.concat([head, noise, middle, tail]);
    case 2:
      return Buffer.concat([head, tail]);
    case 3:
      return Buffer.concat([head, ...Array.from({ length: random(200) }, () => middle), tail]);
    case 4:
      return Buffer.concat([head, Buffer.from('[{"a":'.repeat(random(400))), middle, tail]);
    default:
      return Buffer.concat([head, Buffer.from(one(random, ['{', '}', '[', ']', ',', ':', '"', '\\', '\0', '\ufeff', 'e9', '-', '.'])), tail]);
  }
} // prettier-ignore

/** A damaged form of `value`, as bytes. */
function damaged(value: unknown, random: Random): Uint8Array {
  const copy = structuredClone(value);
  for (let i = random(4); i > 0; i--) changeValue(copy, random);
  const text = JSON.stringify(copy).replaceAll(/"#([^"]*)"/g, '$1');
  let bytes: Uint8Array = new TextEncoder().encode(text);
  if (random(3) === 0) for (let i = random(3) + 1; i > 0; i--) bytes = changeText(bytes, random);
  return bytes;
}

/** Runs `work` for every seed. Counts those that were accepted and those that were refused. */
function each(work: (random: Random) => void): { accepted: number; refused: number } {
  const count = { accepted: 0, refused: 0 };
  for (let seed = firstSeed; seed < firstSeed + inputs; seed++) {
    const before = process.memoryUsage().arrayBuffers;
    const startMs = performance.now();
    try {
      work(randomOf(seed));
      count.accepted += 1;
    } catch (error) {
      if (!(error instanceof Molmo2Error))
        throw new Error(`HOSTILE_SEED=${seed}: ${String(error)}`, { cause: error });
      expect(['bad-bundle', 'bad-checkpoint', 'unsupported-model'], `HOSTILE_SEED=${seed}`).toContain(error.code);
      expect(error.message.length, `HOSTILE_SEED=${seed}`).toBeLessThan(1500);
      count.refused += 1;
    }
    const tookMs = performance.now() - startMs;
    const taken = process.memoryUsage().arrayBuffers - before;
    if (tookMs > slowestMs || taken > mostBytes)
      throw new Error(`HOSTILE_SEED=${seed} took ${tookMs.toFixed(0)} ms and ${taken} bytes`);
  }
  return count;
} // prettier-ignore

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

test('damaged manifests are refused with an error of ours or are within all bounds', () => {
  const { accepted, refused } = each((random) => {
    const manifest = parseManifest(damaged(validManifest(), random), 'molmo2.json');
    checkManifest(manifest);
    // What is accepted means the same when it is written and read again.
    const text = manifestText(manifest);
    expect(manifestText(parseManifest(new TextEncoder().encode(text), 'm'))).toBe(text);
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

test('damaged safetensors headers are refused with an error of ours or are within all bounds', () => {
  const { accepted, refused } = each((random) => {
    const header = damaged(validHeader, random);
    // Long enough for all tensors, or for the first of them.
    const fileBytes = one(random, [100_000, 100_000, 20_000]);
    checkHeader(parseHeader(header, 'model.safetensors', fileBytes), header.byteLength, fileBytes);
  });
  expect(accepted).toBeGreaterThan(inputs / 20);
  expect(refused).toBeGreaterThan(inputs / 2);
});

test('lengths of headers are refused or fit into the file and into memory', () => {
  const { accepted, refused } = each((random) => {
    const digits = one(random, [1, 1, 2, 2, 3, 4, 8]);
    const bytes = Uint8Array.from({ length: 8 }, (_, i) => (i < digits ? random(256) : 0));
    const size = one(random, [0, 8, 100, 70_000, 1e9, 1e15, Infinity]);
    const length = headerLength(bytes.subarray(0, one(random, [8, 8, 8, 0, 7])), 'model.safetensors', size);
    within(length >= 2 && length <= Math.min(size - 8, 16 * 1024 * 1024), `length ${length}`);
  });
  expect(accepted).toBeGreaterThan(inputs / 20);
  expect(refused).toBeGreaterThan(inputs / 2);
});
