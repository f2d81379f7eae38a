// The engine on the caller's own thread: always in Node, where Dawn has threads of its own, in a page that asks for it, and in one
// without WebGPU.

import { unlessAborted } from '../abort.ts';
import { askAll } from '../engine/branches/ask-all.ts';
import { Engine } from '../engine/engine.ts';
import { askMany } from '../engine/packing/ask-many.ts';
import type { ModelSource } from '../weights/source/model-source.ts';
import { bringTo } from '../engine/load-fallback.ts';
import { loadModel, type EngineOptions } from '../engine/load-model.ts';
import type { Backend } from './backend.ts';
import type { Instead } from './or-fallback.ts';

/** Loads the model on this thread: onto the GPU, or to a fallback where there is none. */
export async function openHere(
  source: ModelSource,
  { onProgress, ...options }: EngineOptions,
  instead: Instead | null = null,
): Promise<Backend> {
  const engine = await Engine.load(
    source,
    { ...options, ...(onProgress && { onProgress }) },
    instead ? bringTo(instead.fallback, instead.why) : loadModel,
  );
  const disposal = new AbortController();
  const untilDisposed = <T>(work: (signal: AbortSignal) => Promise<T>, own?: AbortSignal): Promise<T> => {
    const both = own ? AbortSignal.any([own, disposal.signal]) : disposal.signal;
    return unlessAborted(work(both), disposal.signal);
  };
  return {
    info: engine.info,
    ask: (conversation, { request }, emit, own) =>
      untilDisposed((signal) => engine.ask(conversation, request, emit, signal), own),
    askAll({ request }, { emit, signals }, own) {
      const listener = { emit, isCancelled: (row: number) => signals[row]?.aborted ?? false };
      return untilDisposed((signal) => askAll(engine, request, listener, signal), own);
    },
    askMany({ request }, { emit, signals }, own) {
      const listener = {
        emit,
        isCancelled: (row: number) => signals[row]?.aborted ?? false,
        failed: (branch: number, error: unknown) => emit({ type: 'failed', branch, error }),
      };
      return untilDisposed((signal) => askMany(engine, request, listener, signal), own);
    },
    clone: (conversation, copy, own) =>
      untilDisposed((signal) => engine.clone(conversation, copy, signal), own),
    save: (conversation, own) => untilDisposed((signal) => engine.save(conversation, signal), own),
    restore: (conversation, { request }, told, own) =>
      untilDisposed((signal) => engine.restore(conversation, request, told, signal), own),
    score: ({ request }, scoring, emit, own) =>
      untilDisposed((signal) => engine.score(request, scoring, emit, signal), own),
    windows: ({ request }, walk, emit, own) =>
      untilDisposed((signal) => engine.windows(request, walk, emit, signal), own),
    plan: ({ request }, own) => untilDisposed((signal) => engine.plan(request, signal), own),
    forget: (conversation) => engine.forget(conversation),
    drop: (conversation) => engine.drop(conversation),
    dispose() {
      if (disposal.signal.aborted) return;
      disposal.abort(new Error('The model was disposed. Load it again.'));
      engine.destroy();
    },
  };
}
