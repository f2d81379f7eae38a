// Does a decoded token's attention grow no faster than its keys and values? Times one layer at 1k, 4k and 16k tokens in
// every format, in processor time, which other programs disturb least; it counts only where a driver computes on the
// processor: npm run measure:decode

import process from 'node:process';
import { Arena, writeTensor } from '../../src/gpu/arena.ts';
import { GpuRunner } from '../../src/gpu/runner.ts';
import { attentionDecode, partialsShape } from '../../src/kernels/attention-decode.ts';
import { kvFormats, kvShapes, type KvLayer } from '../../src/kernels/kv-layer.ts';

const shape = { heads: 8, kvHeads: 2, headDim: 128 }; // a quarter of the 4B's heads
const lengths = [1024, 4096, 16384];
const rounds = 5;
const capacity = 16384;

const runner = await GpuRunner.open();
const { adapter, device, kernels } = runner;
console.log(
  `${adapter.description || adapter.vendor}, ${shape.heads} / ${shape.kvHeads} heads of ${shape.headDim}`,
);
for (const format of kvFormats) {
  const arena = new Arena(device, 'growth');
  const { kv, dtype, scales } = kvShapes(format, capacity, shape.kvHeads, shape.headDim);
  const layer: KvLayer = {
    format,
    k: arena.tensor('k', kv, dtype),
    v: arena.tensor('v', kv, dtype),
    scales: scales && arena.tensor('scales', scales, 'u32'),
  };
  const cursor = arena.tensor('cursor', [2], 'u32');
  const width = shape.heads * shape.headDim;
  const q = arena.tensorOf('q', [1, width], new Float32Array(width).fill(0.5));
  const y = arena.tensor('y', [1, width]);
  const partials = arena.tensor('partials', partialsShape(shape));
  const list = await runner.prepare(attentionDecode(kernels, q, layer, cursor, partials, y, shape));
  const times = lengths.map((): number[] => []);
  // In turns, so that other work on the machine falls on all lengths alike; the first round compiles.
  for (let round = 0; round <= rounds; round++)
    for (const [i, length] of lengths.entries()) {
      writeTensor(device, cursor, Uint32Array.of(length - 1, 0));
      await runner.read(y, 0, 4);
      const before = process.cpuUsage();
      const runs = (4 * capacity) / length; // as many keys for every length
      for (let run = 0; run < runs; run++) runner.submit(list);
      await runner.read(y, 0, 4);
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
  list.destroy();
  arena.destroy();
}
runner.destroy();
