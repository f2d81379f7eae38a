// What the machine can do at most: kernels that only read, only multiply, or do nothing at all.

import { Arena } from '../../src/gpu/arena.ts';
import { defineKernel, dispatch, type Dispatch } from '../../src/gpu/kernel.ts';
import type { Tensor } from '../../src/gpu/tensor.ts';
import { linearCase } from '../cases/linear.ts';
import { checked } from '../measure/check.ts';
import empty from './empty.wgsl?raw';
import fma from './fma.wgsl?raw';
import readBandwidth from './read-bandwidth.wgsl?raw';
import { listContender } from '../measure/list-contender.ts';
import type { Machine } from '../measure/machine.ts';
import { randomBits } from '../inputs/random.ts';
import type { BenchCase, CaseContext, CheckResult, Denominators, OpenCase } from '../measure/types.ts';

/** A case whose rate is one of the denominators of all others. */
export interface DenominatorCase extends BenchCase {
  readonly measures: keyof Denominators;
}

export const readKernel = defineKernel({
  name: 'bench-read',
  source: readBandwidth,
  slots: { words: 'read', sums: 'read-write' },
  params: { stride: 'u32' },
});

const fmaParts = { slots: { factors: 'read', y: 'read-write' }, params: { rounds: 'u32' } } as const;
export const fmaKernels = {
  fma32: defineKernel({ name: 'bench-fma-f32', source: `alias Lanes = vec4<f32>;\n${fma}`, ...fmaParts }),
  fma16: defineKernel({
    name: 'bench-fma-f16',
    source: `alias Lanes = vec4<f16>;\n${fma}`,
    features: ['f16'],
    ...fmaParts,
  }),
};

export const emptyKernel = defineKernel({
  name: 'bench-empty',
  source: empty,
  slots: { y: 'read-write' },
  params: { value: 'u32' },
});

export function denominatorCases({ software, deviceF16 }: Machine): DenominatorCase[] {
  const matmul = software ? { rows: 256, columns: 512, k: 512 } : { rows: 2048, columns: 4096, k: 4096 };
  return [
    readCase(software ? 32 : 256),
    fmaCase('fma32', software ? 16 : 4096),
    ...(deviceF16 ? [fmaCase('fma16', software ? 16 : 4096)] : []),
    dispatchCase,
    {
      ...linearCase({ suite: 'denominators', model: 'dense', format: deviceF16 ? 'f16' : 'f32', ...matmul }),
      software: true,
      denominator: null,
      measures: 'matmulGflops',
    },
  ];
}

const common = { suite: 'denominators', denominator: null, software: true } as const;

/** Opens a case of one dispatch and one tensor to check. */
async function openSingle(
  { runner }: CaseContext,
  name: string,
  arena: Arena,
  list: readonly Dispatch[],
  result: Tensor,
  check: (bytes: ArrayBuffer) => CheckResult,
): Promise<OpenCase> {
  const ours = await listContender(runner, name, [list]);
  return {
    ours,
    peer: null,
    async check() {
      await ours.run(1);
      return check(await runner.read(result));
    },
    close() {
      ours.destroy();
      arena.destroy();
    },
  };
}

/** The largest buffer up to `megabytes` that can be bound whole: beyond what caches hold on GPUs. */
function readBytes(device: GPUDevice, megabytes: number): number {
  const { maxBufferSize, maxStorageBufferBindingSize } = device.limits;
  return Math.min(
    megabytes * 2 ** 20,
    2 ** Math.floor(Math.log2(Math.min(maxBufferSize, maxStorageBufferBindingSize))),
  );
}

function readCase(megabytes: number): DenominatorCase {
  return {
    ...common,
    measures: 'readGBs',
    name: 'read bandwidth',
    shape: `${megabytes} MiB`,
    work: { amount: (megabytes * 2 ** 20) / 1e9, unit: 'GB' },
    async open(context) {
      const { device } = context.runner;
      const byteLength = readBytes(device, megabytes);
      const arena = new Arena(device, 'bench read');
      const words = arena.tensor('words', [byteLength / 4], 'u32');
      const chunkSum = fillRepeated(device, words);
      const invocations = byteLength / 16 / 64;
      const sums = arena.tensor('sums', [invocations], 'u32');
      const list = repeatsToCover(megabytes * 2 ** 20, byteLength).map(() =>
        dispatch(readKernel, {
          tensors: { words, sums },
          params: { stride: invocations },
          workgroups: [invocations / 256],
          cost: byteLength / 4,
        }),
      );
      const wanted = Math.imul(chunkSum, byteLength / chunkBytes) >>> 0;
      return openSingle(context, 'read bandwidth', arena, list, sums, (bytes) => {
        const sum = new Uint32Array(bytes).reduce((total, value) => (total + value) >>> 0, 0);
        return { ok: sum === wanted, error: sum === wanted ? 0 : Infinity, limit: 0 };
      });
    },
  };
}

/** One entry for every pass over a buffer that is smaller than what the case says it reads. */
function repeatsToCover(bytes: number, byteLength: number): number[] {
  return Array.from({ length: Math.max(1, Math.round(bytes / byteLength)) }, (_, i) => i);
}

const chunkBytes = 2 ** 20;

/** Fills a tensor with copies of a mebibyte of random words, and returns the sum of one. */
function fillRepeated(device: GPUDevice, tensor: Tensor): number {
  const bits = randomBits(1);
  const chunk = Uint32Array.from({ length: chunkBytes / 4 }, bits);
  for (let at = 0; at < tensor.byteLength; at += chunkBytes)
    device.queue.writeBuffer(tensor.buffer, tensor.byteOffset + at, chunk);
  return chunk.reduce((total, value) => (total + value) >>> 0, 0);
}

function fmaCase(kind: 'fma32' | 'fma16', workgroups: number): DenominatorCase {
  const rounds = 256;
  const steps = 4 * 8 * 4; // of one invocation in one round
  return {
    ...common,
    measures: kind === 'fma32' ? 'fma32Gflops' : 'fma16Gflops',
    name: kind === 'fma32' ? 'multiply-add f32' : 'multiply-add f16',
    shape: `${workgroups * 256} invocations`,
    work: { amount: (workgroups * 256 * rounds * steps * 2) / 1e9, unit: 'GFLOP' },
    async open(context) {
      const arena = new Arena(context.runner.device, 'bench fma');
      const factors = arena.tensorOf('factors', [2], Float32Array.of(0.5, 1));
      const y = arena.tensor('y', [workgroups * 256]);
      const list = [
        dispatch(fmaKernels[kind], {
          tensors: { factors, y },
          params: { rounds },
          workgroups: [workgroups],
          cost: workgroups * 256 * rounds * steps,
        }),
      ];
      // All 32 lanes have run into 2; f16 stops one step of its last place short of it.
      const wanted = new Float32Array(workgroups * 256).fill(64);
      const limit = kind === 'fma32' ? 1e-6 : 2e-3;
      return openSingle(context, `multiply-add ${kind}`, arena, list, y, (bytes) =>
        checked(new Float32Array(bytes), wanted, limit),
      );
    },
  };
}

const dispatchCase: DenominatorCase = {
  ...common,
  measures: 'dispatchUs',
  name: 'dispatch',
  shape: '1 invocation',
  work: null,
  async open(context) {
    const arena = new Arena(context.runner.device, 'bench dispatch');
    const y = arena.tensor('y', [1], 'u32');
    const list = [dispatch(emptyKernel, { tensors: { y }, params: { value: 7 }, workgroups: [1], cost: 1 })];
    return openSingle(context, 'dispatch', arena, list, y, (bytes) => {
      const ok = new Uint32Array(bytes)[0] === 7;
      return { ok, error: ok ? 0 : Infinity, limit: 0 };
    });
  },
};

/** One measured denominator. */
export interface MeasuredDenominator {
  readonly case: DenominatorCase;
  /** The fastest sample: a maximum is what the machine can do when nothing else keeps it busy. */
  readonly bestMs: number;
}

/** null for what was not measured. */
export function denominatorsOf(measured: readonly MeasuredDenominator[]): Denominators {
  const of = (name: keyof Denominators) => measured.find((one) => one.case.measures === name);
  const rateOf = (name: keyof Denominators) => {
    const one = of(name);
    return one?.case.work ? one.case.work.amount / (one.bestMs / 1000) : null;
  };
  const dispatchMs = of('dispatchUs')?.bestMs ?? null;
  return {
    readGBs: rateOf('readGBs'),
    fma32Gflops: rateOf('fma32Gflops'),
    fma16Gflops: rateOf('fma16Gflops'),
    dispatchUs: dispatchMs === null ? null : dispatchMs * 1000,
    matmulGflops: rateOf('matmulGflops'),
  };
}
