// On adapters with shader-f16; where there is none, the test says that nothing chooses the kernel.

import { describe, expect, test } from 'vitest';
import { openGpu } from '../../src/gpu/device.ts';
import { linearVariants } from '../../src/kernels/choose.ts';
import { matmulTileF16 } from '../../src/kernels/linear/matmul-tile-f16.ts';
import { tolerances } from '../tolerances.ts';
import { useGpu } from './gpu-harness.ts';
import { testManyRows, type ManyRowsProduct } from './matmul-cases.ts';

const gpu = useGpu();
const probe = await openGpu();
const { capabilities } = probe;
probe.device.destroy();

test('is chosen where the device has f16, and nowhere else', () => {
  const work = { op: 'linear', rows: 729, columns: 1152, k: 1152, inFours: true } as const;
  const of = (f16: boolean, format: 'q4' | 'f32') =>
    linearVariants(
      { capabilities: { ...capabilities, f16, software: false }, tuned: {} },
      { ...work, format },
    );
  expect(of(true, 'q4')).toContain('matmul-tile-f16');
  expect(of(false, 'q4')).not.toContain('matmul-tile-f16');
  expect(of(true, 'f32')).not.toContain('matmul-tile-f16');
});

if (capabilities.f16)
  describe.each([64, 128] as const)('matmul-tile-f16 with tiles of %i rows', (rows) => {
    const of: ManyRowsProduct = (...use) => matmulTileF16(rows, ...use);
    testManyRows(gpu, of, ['q4', 'q8', 'f16'], tolerances.halfTiles);
  });
