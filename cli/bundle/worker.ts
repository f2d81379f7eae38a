// A thread that does jobs. The command line starts its own program once more as a thread, because that is the one file that
// exists both in the package and where the program runs from source.

import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { Molmo2Error, type Molmo2ErrorCode } from '../../src/errors.ts';
import { WriteError } from '../failure.ts';
import type { Job, JobPlaces, JobResult } from './jobs.ts';
import { openRunner } from './run-job.ts';

const role = 'molmo2-bundle-jobs';

export interface WorkerTask {
  readonly id: number;
  readonly job: Job;
}

/** An error as plain data: classes do not survive the way between threads. */
export type WorkerFailure =
  | { readonly type: 'molmo2'; readonly code: Molmo2ErrorCode; readonly message: string }
  | { readonly type: 'write'; readonly file: string; readonly message: string }
  | { readonly type: 'other'; readonly message: string };

export type WorkerAnswer =
  | { readonly id: number; readonly result: JobResult }
  | { readonly id: number; readonly failure: WorkerFailure };

/** Why a thread stands still for a while. */
export interface WorkerWait {
  readonly waiting: string;
}

export function workerDataFor(places: JobPlaces): unknown {
  return { role, places };
}

/** True in a thread that `WorkerPool` has started. */
export function isJobWorker(): boolean {
  return !isMainThread && (workerData as { role?: unknown } | null)?.role === role;
}

/** Does what it is sent until it is sent null. */
export function serveJobs(): void {
  const port = parentPort;
  if (!port) throw new Error('this is no thread');
  const onWait = (waiting: string) => port.postMessage({ waiting } satisfies WorkerWait);
  const runner = openRunner((workerData as { places: JobPlaces }).places, onWait);
  port.on('message', (task: WorkerTask | null) => {
    if (task === null) {
      void runner.close().finally(() => port.close());
      return;
    }
    const { id, job } = task;
    runner.run(job).then(
      (result) => port.postMessage({ id, result } satisfies WorkerAnswer),
      (error: unknown) => port.postMessage({ id, failure: failureOf(error) } satisfies WorkerAnswer),
    );
  });
}

function failureOf(error: unknown): WorkerFailure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Molmo2Error) return { type: 'molmo2', code: error.code, message };
  if (!(error instanceof WriteError)) return { type: 'other', message };
  const reason = error.cause instanceof Error ? error.cause.message : String(error.cause);
  return { type: 'write', file: error.file, message: reason };
}
