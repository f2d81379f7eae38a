// The names of the suites, in the order in which they are measured.

import type { SuiteName } from './types.ts';

export const suiteNames = [
  'denominators',
  'kernels',
  'vision',
  'prefill',
  'decode',
  'video',
  'load',
] as const satisfies readonly SuiteName[];
