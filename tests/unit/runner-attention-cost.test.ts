import { create, globals } from 'webgpu';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Arena } from '../../src/gpu/arena.ts';
import { portableCapabilities } from '../../src/gpu/capabilities.ts';
import { GpuRunner } from '../../src/gpu/runner.ts';
import { attentionEncoder } from '../../src/kernels/attention/attention-encoder.ts';

// Dawn's null backend runs nothing, at once: a fast device. The object must outlive the device.
Object.assign(globalThis, globals);
const dawn = create(['backend=null']);
let runner: GpuRunner;

beforeAll(async () => {
  const device = await (await dawn.requestAdapter())?.requestDevice();
  if (!device) throw new Error('The null backend offers no device.');
  const adapter = { vendor: '', architecture: '', description: 'null', isFallbackAdapter: false };
  runner = new GpuRunner({
    device,
    adapter,
    capabilities: portableCapabilities,
    lostReason: null,
    errors: [],
  });
});
afterAll(() => runner.destroy());

test('how much attention a dispatch may be follows the pace that the vision tower showed', async () => {
  const heads = { heads: 2, kvHeads: 2, headDim: 24 };
  const arena = new Arena(runner.device, 'test');
  const rows = (name: string) => arena.tensor(name, [4096, 48]);
  const [q, k, v, y] = [rows('q'), rows('k'), rows('v'), rows('y')];
  expect(runner.kernels.attentionCost).toBeUndefined();
  const costs: number[] = [];
  for (let i = 0; i < 12; i++) {
    await runner.run(attentionEncoder(runner.kernels, q, k, v, y, heads, 4096));
    costs.push(runner.kernels.attentionCost ?? 0);
  }
  expect(costs[0]).toBeGreaterThan(0);
  expect(costs.at(-1)).toBeGreaterThan(2 ** 34);
  arena.destroy();
});
