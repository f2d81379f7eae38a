import { create, globals } from 'webgpu';
import { beforeAll, describe, expect, test } from 'vitest';
import { ActivationMemory, plannedBuffers, sharedBuffers } from '../../src/gpu/activation-memory.ts';
import type { TensorSource } from '../../src/gpu/tensor-source.ts';

Object.assign(globalThis, globals);
const gpu = create(['backend=null']); // must outlive the device
let device: GPUDevice;

beforeAll(async () => {
  const opened = await (await gpu.requestAdapter())?.requestDevice();
  if (!opened) throw new Error('The null backend offers no device.');
  device = opened;
});

const stage =
  (...sizes: number[]) =>
  (source: TensorSource) =>
    sizes.map((size, i) => source.tensor(`t${i}`, [size / 4]));

describe('the plan', () => {
  test('the n-th buffer has room for the n-th largest tensor of any stage', () => {
    const sizes = [
      [256, 4096, 1024],
      [2048, 2048],
    ];
    expect(sharedBuffers(sizes)).toEqual([4096, 2048, 256]);
  });

  test('buffers are whole multiples of what a binding begins at', () => {
    expect(sharedBuffers([[4], [300]])).toEqual([512]);
    expect(sharedBuffers([])).toEqual([]);
  });

  test('what lives always has buffers of its own', () => {
    expect(plannedBuffers(stage(512), { a: stage(1024), b: stage(256, 256) })).toEqual([512, 1024, 256]);
  });
});

describe('the memory', () => {
  test('stages share buffers, tensors of one stage never do', () => {
    const memory = new ActivationMemory(device);
    const { always, stages } = memory.plan(stage(512), { a: stage(256, 4096), b: stage(2048, 1024, 256) });
    expect(memory.byteLength).toBe(512 + 4096 + 1024 + 256);
    const buffers = (tensors: { buffer: GPUBuffer }[]) => tensors.map(({ buffer }) => buffer);
    for (const own of [stages.a, stages.b])
      expect(new Set([...buffers(own), ...buffers(always)]).size).toBe(own.length + 1);
    expect(stages.a[1]?.buffer).toBe(stages.b[0]?.buffer);
    expect(stages.a[0]?.buffer).toBe(stages.b[1]?.buffer);
    expect(stages.b.map(({ byteLength }) => byteLength)).toEqual([2048, 1024, 256]);
    memory.destroy();
    expect(memory.byteLength).toBe(0);
  });

  test('the next plan keeps what fits and gives back what is far too large', () => {
    const memory = new ActivationMemory(device);
    const first = memory.plan(stage(), { a: stage(65536, 1024) }).stages.a;
    const small = { a: stage(2048, 1024) };
    expect(memory.bytesFor(stage(), small)).toBe(3072);
    expect(memory.byteLength).toBe(65536 + 1024);
    const second = memory.plan(stage(), small).stages.a;
    expect(second[1]?.buffer).toBe(first[1]?.buffer);
    expect(memory.byteLength).toBe(3072);
    // The smaller one would fit the buffer that is kept.
    expect(memory.bytesFor(stage(), { a: stage(1536, 1024) })).toBe(3072);
    const third = memory.plan(stage(), { a: stage(1536, 1024) }).stages.a;
    expect(third.map(({ buffer }) => buffer)).toEqual(second.map(({ buffer }) => buffer));
    expect(memory.byteLength).toBe(3072);
    memory.destroy();
  });

  test('a stage that asks for something else the second time is our mistake', () => {
    const memory = new ActivationMemory(device);
    let asked = 0;
    const fickle = (source: TensorSource) => source.tensor('x', [++asked]);
    expect(() => memory.plan(stage(), { fickle })).toThrow('is not what the stage asked for');
    memory.destroy();
  });
});
