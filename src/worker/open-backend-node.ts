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
  return {
    info: engine.info,
    ask(
      conversation: number,
      { request }: PortableRequest,
      emit: (event: AskEvent) => void,
      own?: AbortSignal,
    ) {
      const both = own ? AbortSignal.any([own, disposal.signal]) : disposal.signal;
      return engine.ask(conversation, request, emit, both);
    },
    drop: (conversation) => engine.drop(conversation),
    dispose() {
      if (disposal.signal.aborted) return;
      disposal.abort(new Error('The model was disposed. Load it again.'));
      engine.destroy();
    },
  };
}
