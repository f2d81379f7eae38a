import type { KvFormat } from '../../src/kernels/attention/kv-layer.ts';

interface Limits {
  /** Against keys and values that are stored exactly. */
  readonly exact: number;
  /** Against keys and values that are rounded alike; a value that lies between two codes may fall to either side. */
  readonly rounded: number;
}

/** Errors of a row of logits, relative to the row. */
export const errorLimits: Readonly<Record<KvFormat, Limits>> = {
  f32: { exact: 1e-4, rounded: 1e-4 },
  f16: { exact: 2e-3, rounded: 5e-4 },
  int8: { exact: 5e-2, rounded: 1e-3 },
};
