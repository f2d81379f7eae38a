// Compares ways to choose the scale of a block of weights, for the text in ARCHITECTURE.md ("Weight formats"):
// `node scripts/run.mjs scripts/compare-rounding.ts`. Prints the relative RMS error of the stored values, and the time.

import { readFile } from 'node:fs/promises';
import { q4Scale, q8Scale } from '../src/weights/formats/block-scale.ts';
import { halfOf, halfValues } from '../src/weights/formats/half.ts';
import { floats, headerLength, parseHeader, readable } from '../src/weights/checkpoint/safetensors.ts';

/** A way to choose a scale: the block's values and the one of largest magnitude, with its sign. */
interface Way {
  readonly name: string;
  readonly codes: readonly [least: number, most: number];
  scale(values: Float64Array, extreme: number): number;
}

const evenSteps = (from: number, to: number, by: number) =>
  Array.from({ length: Math.round((to - from) / by) + 1 }, (_, i) => from + i * by);

const ways: Way[] = [
  { name: 'q8 absmax', codes: [-127, 127], scale: (_, extreme) => Math.abs(extreme) / 127 },
  { name: 'q8 best of 3 (kept)', codes: [-127, 127], scale: (v, extreme) => q8Scale(v, Math.abs(extreme)) },
  { name: 'q8 search of 9', codes: [-127, 127], scale: searched(127, evenSteps(123, 127, 0.5)) },
  { name: 'q4 absmax', codes: [-8, 7], scale: (_, extreme) => Math.abs(extreme) / 7 },
  { name: 'q4 signed max', codes: [-8, 7], scale: (_, extreme) => -extreme / 8 },
  { name: 'q4 least squares', codes: [-8, 7], scale: (values, extreme) => q4Scale(values, extreme, [8]) },
  { name: 'q4 search of 3', codes: [-8, 7], scale: (v, extreme) => q4Scale(v, extreme, [7.2, 8, 8.8]) },
  { name: 'q4 search (kept)', codes: [-8, 7], scale: (values, extreme) => q4Scale(values, extreme) },
  { name: 'q4 search of 9', codes: [-8, 7], scale: (v, e) => q4Scale(v, e, evenSteps(6, 10, 0.5)) },
  { name: 'q4 search of 33', codes: [-8, 7], scale: (v, e) => q4Scale(v, e, evenSteps(5, 13, 0.25)) },
];

/** The best of several scales by squared error, for symmetric codes. */
function searched(largestCode: number, steps: readonly number[]): Way['scale'] {
  return (values, extreme) => {
    let best = 0;
    let most = 0;
    for (const count of steps) {
      const inverse = count / Math.abs(extreme);
      let product = 0;
      let square = 0;
      for (const value of values) {
        const code = Math.max(-largestCode, Math.min(largestCode, Math.round(value * inverse)));
        product += value * code;
        square += code * code;
      }
      if ((product * product) / square > most) {
        most = (product * product) / square;
        best = product / square;
      }
    }
    return best;
  };
}

/** The relative RMS error of storing values in blocks of some columns. */
function relativeError(way: Way, values: Float32Array, columns: number, size = 32): number {
  const halves = halfValues();
  const [least, most] = way.codes;
  let error = 0;
  let total = 0;
  for (let row = 0; row < values.length; row += columns) {
    for (let k = 0; k < columns; k += size) {
      const block = Float64Array.from(values.subarray(row + k, row + Math.min(k + size, columns)));
      const extreme = block.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
      const scale = extreme === 0 ? 0 : (halves[halfOf(way.scale(block, extreme))] ?? 0);
      for (const value of block) {
        const code = scale === 0 ? 0 : Math.max(least, Math.min(most, Math.round(value / scale)));
        error += (value - code * scale) ** 2;
        total += value ** 2;
      }
    }
  }
  return Math.sqrt(error / total);
}

/** xorshift32 in [0, 1). */
function seeded(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Normally distributed weights; one column in 64 is three times as large, and one value in 2,000 ten times. */
function randomWeights(seed: number, rows: number, columns: number): Float32Array {
  const random = seeded(seed);
  const gains = Float64Array.from({ length: columns }, () => (random() < 1 / 64 ? 3 : 1));
  return Float32Array.from({ length: rows * columns }, (_, i) => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return 0.02 * normal * (gains[i % columns] ?? 1) * (random() < 1 / 2000 ? 10 : 1);
  });
}

/** All decoder matrices of the embedded model, joined by their width. */
async function trainedWeights(): Promise<{ name: string; values: Float32Array; columns: number }[]> {
  const bytes = new Uint8Array(await readFile('models/shapes/model.safetensors'));
  const length = headerLength(bytes.subarray(0, 8), 'shapes');
  const tensors = parseHeader(bytes.subarray(8, 8 + length), 'shapes');
  const wanted = tensors.filter(
    ({ name, shape }) => shape.length === 2 && !name.startsWith('model.vision_backbone.'),
  );
  const kinds = ['att_proj', 'attn_out', 'ff_proj', 'ff_out', 'embedding', 'lm_head'];
  return kinds.flatMap((kind) => {
    const own = wanted.filter(({ name }) => name.includes(kind));
    const columns = own[0]?.shape[1] ?? 0;
    const parts = own
      .map((tensor) => readable(tensor, 'shapes'))
      .map(({ start, end, dtype }) => floats(bytes.slice(start, end), dtype));
    const values = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      values.set(part, at);
      at += part.length;
    }
    return columns === 0 ? [] : [{ name: `shapes ${kind}`, values, columns }];
  });
}

const subjects = [
  { name: '4B att_proj', values: randomWeights(1, 400, 2560), columns: 2560 },
  { name: '4B ff_out', values: randomWeights(2, 100, 9728), columns: 9728 },
  ...(await trainedWeights()),
];

function print(table: readonly (readonly string[])[]): void {
  const width = (column: number) => Math.max(...table.map((row) => row[column]?.length ?? 0));
  for (const row of table) console.log(row.map((cell, i) => cell.padStart(width(i))).join('  '));
  console.log();
}

const percent = (share: number) => `${(100 * share).toFixed(3)} %`;

print([
  ['', ...ways.map(({ name }) => name)],
  ...subjects.map(({ name, values, columns }) => [
    name,
    ...ways.map((way) => percent(relativeError(way, values, columns))),
  ]),
]);

const sizes = [16, 32, 64, 128];
for (const way of ways.filter(({ name }) => name.includes('kept')))
  print([
    [way.name, ...sizes.map((size) => `blocks of ${size}`)],
    ...subjects.map(({ name, values, columns }) => [
      name,
      ...sizes.map((size) => percent(relativeError(way, values, columns, size))),
    ]),
  ]);
