// Threads that share a list of jobs.

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { OnWait } from '../../src/weights/fetch/retry.ts';
import { Molmo2Error } from '../../src/errors.ts';
import { WriteError } from '../failure.ts';
import type { Job, JobPlaces, JobResult } from './jobs.ts';
import { openRunner, type JobRunner } from './run-job.ts';
import { workerDataFor, type WorkerAnswer, type WorkerFailure, type WorkerWait } from './worker.ts';

export interface PoolOptions {
  /** The program that calls `serveJobs` when it runs as a thread; null does the jobs in this thread. */
  readonly program: string | null;
  /** Jobs that a thread has at once: while one waits for the disk or the network, another computes. */
  readonly jobsPerThread?: number;
  readonly threads?: number;
  /** Told why nothing happens for a while. */
  readonly onWait?: OnWait;
}

export interface WorkerPool {
  /** Jobs that may be under way at once. */
  readonly places: number;
  run(job: Job): Promise<JobResult>;
  close(): Promise<void>;
}

const mostThreads = 8;

export function openPool(places: JobPlaces, options: PoolOptions): WorkerPool {
  const { program, jobsPerThread = 2 } = options;
  const count = options.threads ?? Math.min(availableParallelism(), mostThreads);
  if (program === null) return { ...openRunner(places, options.onWait), places: 1 };
  const threads = Array.from({ length: count }, () => new Thread(program, places, options.onWait));
  return {
    places: count * jobsPerThread,
    run(job) {
      const idlest = threads.reduce((best, thread) => (thread.load < best.load ? thread : best));
      return idlest.run(job);
    },
    async close() {
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}

interface Waiting {
  readonly resolve: (result: JobResult) => void;
  readonly reject: (error: unknown) => void;
}

class Thread implements JobRunner {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  #dead: Error | null = null;

  constructor(program: string, places: JobPlaces, onWait: OnWait) {
    this.#worker = new Worker(program, { workerData: workerDataFor(places), argv: [] });
    this.#worker.on('message', (answer: WorkerAnswer | WorkerWait) => {
      if ('waiting' in answer) onWait?.(answer.waiting);
      else this.#settle(answer);
    });
    this.#worker.on('error', (error) => this.#die(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on('exit', () => this.#die(new Error('a thread ended before its work was done')));
  }

  get load(): number {
    return this.#waiting.size;
  }

  run(job: Job): Promise<JobResult> {
    return new Promise((resolve, reject) => {
      if (this.#dead) return reject(this.#dead);
      const id = this.#next++;
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, job });
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(answer: WorkerAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('result' in answer) waiting?.resolve(answer.result);
    else waiting?.reject(errorOf(answer.failure));
  }

  #die(error: Error): void {
    this.#dead ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#dead);
    this.#waiting.clear();
  }
}

function errorOf(failure: WorkerFailure): Error {
  switch (failure.type) {
    case 'molmo2':
      return new Molmo2Error(failure.code, failure.message);
    case 'write':
      return new WriteError(failure.file, failure.message);
    case 'other':
      return new Error(failure.message);
  }
}
