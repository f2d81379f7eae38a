// Which of the two computes: WebGPU where there is one, else what the user gave for that case.

import { Molmo2Error } from '../errors.ts';
import type { Fallback } from '../fallback.ts';
import { openAdapter } from '../gpu/adapter.ts';
import type { Backend } from './backend.ts';

/** A fallback that is needed, and what was said of the missing WebGPU. */
export interface Instead {
  readonly fallback: Fallback;
  /** null where it was asked for all the same. */
  readonly why: Error | null;
}

/**
 * Opens `withGpu`, and where that has no WebGPU `without` it. A page that sees no adapter does not even start its worker; a worker
 * may lack what its page has.
 */
export async function orFallback(
  fallback: Fallback | undefined,
  withGpu: () => Promise<Backend>,
  without: (instead: Instead) => Promise<Backend>,
): Promise<Backend> {
  if (!fallback) return withGpu();
  if (fallback.always) return without({ fallback, why: null });
  try {
    await openAdapter();
    return await withGpu();
  } catch (why) {
    const isMissing = why instanceof Molmo2Error && why.code === 'no-webgpu';
    // Pictures are named by hashes, which browsers keep from the same pages as WebGPU: those need https, whoever computes.
    if (!isMissing || !globalThis.crypto?.subtle) throw why;
    return without({ fallback, why });
  }
}
