// The engine on the caller's own thread: Dawn works on threads of its own.

import type { AskEvent } from '../api.ts';
import { Engine } from '../engine/engine.ts';
import type { ModelSource } from '../weights/source/model-source.ts';
import type { Backend, OpenOptions, PortableRequest } from './backend.ts';

/** Loads the model on this thread. */
export async function openBackend(
  source: ModelSource,
  { onProgress, ...options }: OpenOptions,
): Promise<Backend> {
  const engine = await Engine.load(source, { ...options, ...(onProgress && { onProgress }) });
  const disposal = new AbortController();
  const orDisposed = (own?: AbortSignal) => (own ? AbortSignal.any([own, disposal.signal]) : disposal.signal);
  return {
    info: engine.info,
    ask(
      conversation: number,
      { request }: PortableRequest,
      emit: (event: AskEvent) => void,
      own?: AbortSignal,
    ) {
      return engine.ask(conversation, request, emit, orDisposed(own));
    },
    score: ({ request }, scoring, emit, own) => engine.score(request, scoring, emit, orDisposed(own)),
    drop: (conversation) => engine.drop(conversation),
    dispose() {
      if (disposal.signal.aborted) return;
      disposal.abort(new Error('The model was disposed. Load it again.'));
      engine.destroy();
    },
  };
}
