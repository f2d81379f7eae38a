import process from 'node:process';
import { expect, test } from 'vitest';
import { relativeError } from '../../bench/measure/check.ts';
import { products } from '../../bench/cases/reference-math.ts';
import { denseLinearModel } from '../../bench/peer/linear-graphs.ts';
import { openPeer } from '../../bench/peer/open-peer-node.ts';
import { randomFloats } from '../../bench/inputs/random.ts';
import { GpuRunner } from '../../src/gpu/runner.ts';

const nodeMajor = Number.parseInt(process.versions.node, 10);

test('the peer multiplies in Node 24 and newer, and says what it needs in an older one', async () => {
  const runner = await GpuRunner.open();
  try {
    if (nodeMajor < 24) {
      await expect(openPeer(runner.device)).rejects.toThrow(/needs Node 24 or newer for WebGPU, this is \d/);
      return;
    }
    const peer = await openPeer(runner.device);
    const [rows, k, n] = [3, 36, 20];
    const x = randomFloats(1, rows * k);
    const values = randomFloats(2, n * k);
    const session = await peer.session(denseLinearModel(rows, { values, rows: n, columns: k, bias: null }));
    const { y } = await session.run({ x: { type: 'float32', shape: [rows, k], data: x } });
    await session.close();
    expect(relativeError(y!, products(Float64Array.from(x), values, k))).toBeLessThan(1e-5);
  } finally {
    runner.destroy();
  }
});
