// The options of a question with their defaults filled in, and refused when they make no sense.

import type { AskOptions } from '../../api.ts';
import type { SamplingOptions } from '../../decoder/sampling.ts';
import { kvFormats, type KvFormat } from '../../kernels/attention/kv-layer.ts';

export interface AskSettings {
  readonly maxNewTokens: number;
  readonly sampling: SamplingOptions;
  readonly seed: number;
  /** Format of keys and values; null leaves it to the model and the conversation. */
  readonly kv: KvFormat | null;
}

function check(ok: boolean, name: string, wanted: string, value: unknown): void {
  if (!ok) throw new RangeError(`options.${name} must be ${wanted}, got ${String(value)}.`);
}

const isCount = (value: number) => Number.isSafeInteger(value) && value >= 1;

/** Fills in defaults. Throws RangeError naming the option. */
export function askSettings(options: Omit<AskOptions, 'signal'>): AskSettings {
  const { maxNewTokens = 2048, temperature = 0, topK = Infinity, topP = 1, seed = 0, kv = null } = options;
  check(isCount(maxNewTokens), 'maxNewTokens', 'a positive integer', maxNewTokens);
  check(Number.isFinite(temperature) && temperature >= 0, 'temperature', '0 or more', temperature);
  check(topK === Infinity || isCount(topK), 'topK', 'a positive integer', topK);
  check(topP > 0 && topP <= 1, 'topP', 'above 0 and at most 1', topP);
  check(Number.isSafeInteger(seed), 'seed', 'an integer', seed);
  check(kv === null || kvFormats.includes(kv), 'kv', kvFormats.map((name) => `"${name}"`).join(', '), kv);
  return { maxNewTokens, sampling: { temperature, topK, topP }, seed, kv };
}
