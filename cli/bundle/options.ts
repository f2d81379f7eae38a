// The arguments that `convert` and `synth` share.

import type { BundleWeights } from '../../src/weights/bundle/bundle-plan.ts';
import { parseArguments } from '../arguments.ts';
import { UsageError } from '../failure.ts';

export interface BundleOptions {
  /** The first word: SRC or ARCH. */
  readonly source: string;
  readonly out: string;
  readonly weights: BundleWeights;
}

const known: readonly BundleWeights[] = ['f16', 'q8', 'q4'];

/** Reads `WORD OUT [--weights FORMAT]`. Throws UsageError. */
export function bundleOptions(args: readonly string[], command: 'convert' | 'synth'): BundleOptions {
  const { options, words } = parseArguments(args, { '--weights': 'one' });
  const names = command === 'convert' ? 'SRC OUT' : 'ARCH OUT';
  const [source, out] = words;
  if (source === undefined || out === undefined || words.length > 2 || source === '' || out === '')
    throw new UsageError(
      `${command} takes two words, got ${words.length}. Write: molmo2-webgpu ${command} ${names} [--weights f16|q8|q4]`,
    );
  const text = options.get('--weights')?.[0] ?? 'q4';
  const weights = known.find((format) => format === text);
  if (!weights) throw new UsageError(`--weights must be f16, q8 or q4, got "${text}".`);
  return { source, out: out.replace(/(.)[\\/]+$/, '$1'), weights };
}
