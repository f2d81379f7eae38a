// Node computes on the caller's own thread: there is no page whose thread could be kept free.

import type { ModelSource } from '../weights/source/model-source.ts';
import type { Backend, OpenOptions } from './backend.ts';
import { openHere } from './open-here.ts';

/** Loads the model; what `options` say of threads is a page's business. */
export function openBackend(source: ModelSource, options: OpenOptions): Promise<Backend> {
  return openHere(source, options);
}
