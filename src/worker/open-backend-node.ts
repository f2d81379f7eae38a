// Node computes on the caller's own thread: there is no page whose thread could be kept free.

import type { ModelSource } from '../weights/source/model-source.ts';
import type { Backend, OpenOptions } from './backend.ts';
import { openHere } from './open-here.ts';
import { orFallback } from './or-fallback.ts';

/** Loads the model; what `options` say of threads is a page's business. */
export function openBackend(source: ModelSource, { fallback, ...options }: OpenOptions): Promise<Backend> {
  return orFallback(
    fallback,
    () => openHere(source, options),
    (instead) => openHere(source, options, instead),
  );
}
