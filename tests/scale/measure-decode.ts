// Does a decoded token's attention grow no faster than its keys and values? Times one layer at 1k, 4k and 16k tokens in
// every format, in processor time, which other programs disturb least; it counts only where a driver computes on the
// processor. Short runs walk through as many slots as the long one, as the layers of a model do, so that no cache of the
// processor answers for the memory: npm run measure:decode

import process from 'node:process';
import { Arena, writeTensor } from '../../src/gpu/arena.ts';
import { GpuRunner } from '../../src/gpu/runner.ts';
import type { Tensor } from '../../src/gpu/tensor.ts';
import { attentionDecode, decodeWork } from '../../src/kernels/attention/attention-decode.ts';
import { kvFormats, kvShapes, type KvLayer } from '../../src/kernels/attention/kv-layer.ts';

const shape = { heads: 8, kvHeads: 2, headDim: 128 }; // a quarter of the 4B's heads
const shortest = 1024;
const lengths = [shortest, 4096, 16384];
const rounds = 5;
const capacity = 16384;

const runner = await GpuRunner.open();
const { adapter, device, kernels } = runner;
console.log(
  `${adapter.description || adapter.vendor}, ${shape.heads} / ${shape.kvHeads} heads of ${shape.headDim}`,
);
for (const format of kvFormats) {
  const arena = new Arena(device, 'growth');
  const { kv, dtype, scales } = kvShapes(format, 2 * capacity, shape.kvHeads, shape.headDim);
  const slots: KvLayer = {
    format,
    k: arena.tensor('k', kv, dtype),
    v: arena.tensor('v', kv, dtype),
    scales: scales && arena.tensor('scales', scales, 'u32'),
  };
  const cursor = arena.tensor('cursor', [2], 'u32');
  const width = shape.heads * shape.headDim;
  const work = decodeWork(kernels, shape, capacity, arena);
  writeTensor(device, work.row, new Float32Array(width + 2 * shape.kvHeads * shape.headDim).fill(0.5));
  const table = arena.tensor('table', [capacity, shape.headDim]);
  const lists = await Promise.all(
    Array.from({ length: capacity / shortest }, (_, i) => {
      const layer = slotsFrom(slots, i * shortest);
      return runner.prepare(attentionDecode(kernels, work, { norm: null, table }, layer, cursor, shape));
    }),
  );
  const times = lengths.map((): number[] => []);
  // In turns, so that other work on the machine falls on all lengths alike; the first round compiles.
  for (let round = 0; round <= rounds; round++)
    for (const [i, length] of lengths.entries()) {
      writeTensor(device, cursor, Uint32Array.of(length - 1, 0));
      await runner.read(work.attended, 0, 4);
      const before = process.cpuUsage();
      const runs = (4 * capacity) / length; // as many keys for every length
      for (let run = 0; run < runs; run++) {
        const list = lists[((run * length) % capacity) / shortest];
        if (list) runner.submit(list);
      }
      await runner.read(work.attended, 0, 4);
      const { user, system } = process.cpuUsage(before);
      if (round > 0) times[i]?.push((user + system) / 1000 / runs);
    }
  const medians = times.map((own) => own.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? NaN);
  const [first = NaN] = medians;
  const cells = lengths.map((length, i) => {
    const time = medians[i] ?? NaN;
    return `${length} keys ${time.toFixed(2)} ms (x${(time / first).toFixed(1)} for x${length / 1024})`;
  });
  console.log(`${format}: ${cells.join(', ')}`);
  for (const list of lists) list.destroy();
  arena.destroy();
}
runner.destroy();

/** The same tensors from a slot on, as if a layer of `capacity` slots began there. */
function slotsFrom({ format, k, v, scales }: KvLayer, first: number): KvLayer {
  const from = (tensor: Tensor): Tensor => {
    const [rows = 1, ...rest] = tensor.shape;
    const rowBytes = tensor.byteLength / rows;
    const byteOffset = tensor.byteOffset + first * rowBytes;
    return { ...tensor, shape: [capacity, ...rest], byteOffset, byteLength: capacity * rowBytes };
  };
  return { format, k: from(k), v: from(v), scales: scales && from(scales) };
}
