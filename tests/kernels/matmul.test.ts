import { describe } from 'vitest';
import { matmul } from '../../src/kernels/linear/matmul.ts';
import { tolerances } from '../tolerances.ts';
import { useGpu } from './gpu-harness.ts';
import { testGeluRange, testManyRows } from './matmul-cases.ts';
import { weightFormats } from './matrices.ts';

const gpu = useGpu();

describe('matmul', () => {
  testManyRows(gpu, matmul, weightFormats, tolerances.dotProduct);
  testGeluRange(gpu, matmul);
});
