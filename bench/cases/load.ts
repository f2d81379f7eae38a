// How fast weights come to the GPU: the embedded model from its files, and the copy from memory alone.

import { settle } from '#gpu/instance';
import { Arena } from '../../src/gpu/arena.ts';
import { Molmo2 } from '../../src/index.ts';
import type { Machine } from '../measure/machine.ts';
import { randomBits } from '../inputs/random.ts';
import type { BenchCase } from '../measure/types.ts';

export function loadCases({ software }: Machine): BenchCase[] {
  return [shapesCase, writeCase(software ? 32 : 256)];
}

const parameters = 1145280;

const shapesCase: BenchCase = {
  suite: 'load',
  name: 'load shapes',
  shape: `${parameters} weights in f32, with the worker's start`,
  work: null,
  denominator: null,
  software: true,
  whole: true,
  open() {
    const load = async () => {
      const startMs = performance.now();
      const molmo = await Molmo2.load();
      const ms = performance.now() - startMs;
      const { parameters: loaded } = molmo.info;
      molmo.dispose();
      return { ms, loaded };
    };
    return Promise.resolve({
      ours: { name: 'molmo2-webgpu', run: async () => (await load()).ms },
      peer: null,
      async check() {
        const { loaded } = await load();
        const error = Math.abs(loaded - parameters) / parameters;
        return { ok: error === 0, error, limit: 0 };
      },
      close() {},
    });
  },
};

// What `weights/` writes at a time.
const chunkBytes = 8 * 2 ** 20;

function writeCase(megabytes: number): BenchCase {
  return {
    suite: 'load',
    name: 'write to the GPU',
    shape: `${megabytes} MiB in chunks of 8 MiB`,
    work: { amount: (megabytes * 2 ** 20) / 1e9, unit: 'GB' },
    denominator: null,
    software: true,
    open({ runner }) {
      const { device } = runner;
      const arena = new Arena(device, 'bench write');
      const bits = randomBits(1);
      const chunk = Uint32Array.from({ length: chunkBytes / 4 }, bits);
      const tensor = arena.tensor('words', [(megabytes * 2 ** 20) / 4], 'u32');
      const write = async (times: number) => {
        for (let i = 0; i < times; i++)
          for (let at = 0; at < tensor.byteLength; at += chunkBytes)
            device.queue.writeBuffer(tensor.buffer, tensor.byteOffset + at, chunk);
        await settle(device.queue.onSubmittedWorkDone());
        runner.check();
      };
      return Promise.resolve({
        ours: { name: 'molmo2-webgpu', run: write },
        peer: null,
        async check() {
          await write(1);
          const words = new Uint32Array(
            await runner.read(tensor, tensor.byteLength - chunkBytes, chunkBytes),
          );
          const ok = words.every((word, i) => word === chunk[i]);
          return { ok, error: ok ? 0 : Infinity, limit: 0 };
        },
        close: () => arena.destroy(),
      });
    },
  };
}
