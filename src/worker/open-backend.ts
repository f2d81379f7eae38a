// Where a page's engine computes. The Node twin, open-backend-node.ts, has one thread for all.

import { unlessAborted } from '../abort.ts';
import type { ModelSource } from '../weights/source/model-source.ts';
import type { Backend, OpenOptions } from './backend.ts';
import { RemoteBackend } from './remote-backend.ts';
import { startWorker } from './start-worker.ts';
import { WorkerWire } from './worker-wire.ts';

/** Starts the worker and loads the model in it. */
export async function openBackend(source: ModelSource, options: OpenOptions): Promise<Backend> {
  options.signal?.throwIfAborted();
  const wire = new WorkerWire(startWorker());
  try {
    await unlessAborted(wire.load(source, options), options.signal);
    return new RemoteBackend(wire);
  } catch (error) {
    wire.dispose();
    throw error;
  }
}
