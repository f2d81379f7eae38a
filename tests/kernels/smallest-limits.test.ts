// A device that was asked for nothing has the smallest limits that WebGPU allows. An embedding of the released models'
// vocabulary does not fit one of its bindings, and must be looked up and multiplied all the same.

import { expect, test } from 'vitest';
import { gpuInstance } from '#gpu/instance';
import { Arena, writeTensor } from '../../src/gpu/arena.ts';
import { portableCapabilities } from '../../src/gpu/capabilities.ts';
import { GpuRunner } from '../../src/gpu/runner.ts';
import { embedding } from '../../src/kernels/linear/embedding.ts';
import { linear } from '../../src/kernels/linear/linear.ts';
import { GpuStore } from '../../src/weights/store/gpu-store.ts';

const vocabulary = 151_936;
const width = 256;

/** Exact in f32, different for neighbours, and cheap to work out again. */
const value = (row: number, column: number) => (((row % 1009) * 7 + column * 3) % 13) - 6;

async function smallestRunner(): Promise<GpuRunner> {
  const adapter = await (await gpuInstance()).requestAdapter();
  const device = await adapter!.requestDevice();
  const adapterInfo = {
    vendor: '',
    architecture: '',
    description: 'smallest limits',
    isFallbackAdapter: true,
  };
  return new GpuRunner({
    device,
    adapter: adapterInfo,
    capabilities: portableCapabilities,
    lostReason: null,
    errors: [],
  });
}

test('a vocabulary of 151,936 rows is cut, looked up and multiplied on the smallest limits', async () => {
  const runner = await smallestRunner();
  const { device } = runner;
  expect(device.limits.maxStorageBufferBindingSize).toBe(128 * 2 ** 20);
  expect(device.limits.maxBufferSize).toBe(256 * 2 ** 20);
  const validation: string[] = [];
  device.addEventListener('uncapturederror', (event) => validation.push(event.error.message));

  const store = new GpuStore(device, new Map([['wte', { shape: [vocabulary, width], format: 'f32' }]]));
  const rowsEach = 8192;
  for (let first = 0; first < vocabulary; first += rowsEach) {
    const rows = Math.min(rowsEach, vocabulary - first);
    const values = Float32Array.from({ length: rows * width }, (_, i) =>
      value(first + Math.floor(i / width), i % width),
    );
    store.write('wte', first * width * 4, new Uint8Array(values.buffer));
  }
  const weights = store.weights();
  const matrix = weights.matrix('wte');
  expect(matrix.parts.length).toBeGreaterThan(1);
  const border = matrix.parts[1]?.firstRow ?? 0;
  const ids = Uint32Array.of(0, 1, border - 1, border, border + 1, vocabulary - 1);

  const arena = new Arena(device, 'test');
  const [x, logits] = [arena.tensor('x', [ids.length, width]), arena.tensor('logits', [1, vocabulary])];
  const idTensor = arena.tensorOf('ids', [ids.length], ids);
  await runner.run(embedding(idTensor, { wteEmbedding: matrix, newEmbedding: matrix }, x));
  const looked = new Float32Array(await runner.read(x));
  ids.forEach((id, row) => {
    const expected = Array.from({ length: width }, (_, column) => value(id, column));
    expect(Array.from(looked.subarray(row * width, (row + 1) * width))).toEqual(expected);
  });

  const query = Float32Array.from({ length: width }, (_, column) => ((column * 5) % 7) - 3);
  const q = arena.tensor('q', [1, width]);
  writeTensor(device, q, query);
  await runner.run(linear(runner.kernels, q, matrix, logits));
  const scores = new Float32Array(await runner.read(logits));
  for (const id of [...ids, 77_777, 100_000]) {
    const expected = query.reduce((sum, factor, column) => sum + factor * value(id, column), 0);
    expect(scores[id]).toBeCloseTo(expected, 2);
  }
  expect(validation).toEqual([]);
  arena.destroy();
  weights.destroy();
  runner.destroy();
});
