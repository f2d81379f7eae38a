// On adapters with subgroups of four lanes; where there are none, the test says that nothing chooses the kernel.

import { describe, expect, test } from 'vitest';
import { openGpu } from '../../src/gpu/device.ts';
import { linearVariants } from '../../src/kernels/choose.ts';
import { matmulFourLanes } from '../../src/kernels/linear/matmul-four-lanes.ts';
import { tolerances } from '../tolerances.ts';
import { useGpu } from './gpu-harness.ts';
import { testGeluRange, testManyRows } from './matmul-cases.ts';
import { weightFormats } from './matrices.ts';

const gpu = useGpu();
const probe = await openGpu();
const { capabilities } = probe;
probe.device.destroy();

test('is chosen where subgroups have four lanes on a processor, and nowhere else', () => {
  const work = { op: 'linear', rows: 729, columns: 1152, k: 1152, format: 'q4', inFours: true } as const;
  const of = (subgroupSize: number | null, software = true) =>
    linearVariants({ capabilities: { ...capabilities, subgroupSize, software }, tuned: {} }, work);
  expect(of(4)[0]).toBe('matmul-four-lanes');
  expect(of(4, false)[0]).not.toBe('matmul-four-lanes');
  expect(of(8)).not.toContain('matmul-four-lanes');
  expect(of(null)).not.toContain('matmul-four-lanes');
});

if (capabilities.subgroupSize === 4)
  describe('matmul-four-lanes', () => {
    testManyRows(gpu, matmulFourLanes, weightFormats, tolerances.dotProduct);
    testGeluRange(gpu, matmulFourLanes);
  });
