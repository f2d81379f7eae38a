import { describe } from 'vitest';
import { matmulTile } from '../../src/kernels/linear/matmul-tile.ts';
import { tolerances } from '../tolerances.ts';
import { useGpu } from './gpu-harness.ts';
import { testGeluRange, testManyRows } from './matmul-cases.ts';
import { weightFormats } from './matrices.ts';

const gpu = useGpu();

describe('matmul-tile', () => {
  testManyRows(gpu, matmulTile, weightFormats, tolerances.dotProduct);
  testGeluRange(gpu, matmulTile);
});
