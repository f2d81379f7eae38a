// Where a page's engine computes. The Node twin, open-backend-node.ts, has one thread for all.

import { unlessAborted } from '../abort.ts';
import { ownFile } from '../own-file.ts';
import type { ModelSource } from '../weights/source/model-source.ts';
import type { EngineOptions } from '../engine/load-model.ts';
import type { Backend, OpenOptions } from './backend.ts';
import { orFallback, type Instead } from './or-fallback.ts';
import { RemoteBackend } from './remote-backend.ts';
import { roomOf } from './share/room.ts';
import { SharedWire } from './share/shared-wire.ts';
import { workerAddress } from './start-worker.ts';
import { WorkerWire } from './worker-wire.ts';

/** Loads the model on the thread that `options` ask for. */
export async function openBackend(
  source: ModelSource,
  { fallback, ...options }: OpenOptions,
): Promise<Backend> {
  options.signal?.throwIfAborted();
  return orFallback(
    fallback,
    () => openWithGpu(source, options),
    (instead) => openOnPage(source, options, instead),
  );
}

async function openWithGpu(
  source: ModelSource,
  { thread = 'worker', share = false, ...options }: Omit<OpenOptions, 'fallback'>,
): Promise<Backend> {
  if (thread === 'page') return openOnPage(source, options);
  const room = share && canShare() ? await roomOf(source, options, workerAddress()) : null;
  return room === null ? openInWorker(source, options) : openWithOthers(room, source, options);
}

/** Whether tabs can find each other and notice that one is gone. */
function canShare(): boolean {
  return 'locks' in navigator && typeof BroadcastChannel === 'function';
}

/** The engine is a file of its own: pages with a worker never load it. A fallback is the page's own, and so computes there. */
async function openOnPage(
  source: ModelSource,
  options: EngineOptions,
  instead: Instead | null = null,
): Promise<Backend> {
  const { openHere } = await ownFile('engine', import('./open-here.ts'));
  return openHere(source, options, instead);
}

async function openInWorker(source: ModelSource, options: EngineOptions): Promise<Backend> {
  const wire = new WorkerWire();
  try {
    await unlessAborted(wire.load(source, options), options.signal);
    return new RemoteBackend(wire);
  } catch (error) {
    wire.dispose();
    throw error;
  }
}

/** Shares the model with other tabs: one of them has it. */
async function openWithOthers(room: string, source: ModelSource, options: EngineOptions): Promise<Backend> {
  const wire = new SharedWire(room, source, options);
  try {
    await unlessAborted(wire.load(), options.signal);
    return new RemoteBackend(wire);
  } catch (error) {
    wire.dispose();
    throw error;
  }
}
