// On adapters with subgroups of eight lanes; where there are none, the test says that nothing chooses the kernel.

import { describe, expect, test } from 'vitest';
import { openGpu } from '../../src/gpu/device.ts';
import { linearVariants } from '../../src/kernels/choose.ts';
import { matmulLanes } from '../../src/kernels/linear/matmul-lanes.ts';
import { tolerances } from '../tolerances.ts';
import { useGpu } from './gpu-harness.ts';
import { testGeluRange, testManyRows } from './matmul-cases.ts';
import { weightFormats } from './matrices.ts';

const gpu = useGpu();
const probe = await openGpu();
const { capabilities } = probe;
probe.device.destroy();

test('is chosen where subgroups have eight lanes, and nowhere else', () => {
  const work = { op: 'linear', rows: 729, columns: 1152, k: 1152, format: 'q4', inFours: true } as const;
  const of = (subgroupSize: number | null) =>
    linearVariants({ capabilities: { ...capabilities, subgroupSize, software: true }, tuned: {} }, work);
  expect(of(8)[0]).toBe('matmul-lanes');
  expect(of(4)).not.toContain('matmul-lanes');
  expect(of(null)).not.toContain('matmul-lanes');
});

if (capabilities.subgroupSize === 8)
  describe('matmul-lanes', () => {
    testManyRows(gpu, matmulLanes, weightFormats, tolerances.dotProduct);
    testGeluRange(gpu, matmulLanes);
  });
