// The page's side of the tests about the cache: workers that load, and the server that misbehaves.

import { inject } from 'vitest';
import type { Served } from '../faults/fault-server.ts';
import type { Schedule } from '../faults/schedule.ts';
import type { BundleRecipe } from '../faults/test-bundle.ts';
import type { CacheAnswer, CacheCommand } from './cache-protocol.ts';

export interface CacheClient {
  do(command: CacheCommand): Promise<CacheAnswer>;
  end(): void;
}

export function cacheClient(): CacheClient {
  const worker = new Worker(new URL('./cache-worker.ts', import.meta.url), { type: 'module' });
  const waiting = new Map<number, (answer: CacheAnswer) => void>();
  let next = 0;
  worker.onmessage = ({ data }: MessageEvent<{ id: number; answer: CacheAnswer }>) => {
    waiting.get(data.id)?.(data.answer);
    waiting.delete(data.id);
  };
  return {
    do: (command) =>
      new Promise((resolve, reject) => {
        worker.onerror = (event) => reject(new Error(`the worker failed: ${event.message}`));
        waiting.set(next, resolve);
        worker.postMessage({ id: next++, command });
      }),
    end: () => worker.terminate(),
  };
}

export interface RemoteRun {
  readonly base: string;
  reschedule(schedule: Schedule): Promise<void>;
  /** What was asked for so far, and how many connections still wait. */
  state(): Promise<{ readonly served: readonly Served[]; readonly open: number }>;
}

/** Waits until so many requests have come, and as many have ended as are given. */
export async function untilServed(run: RemoteRun, count: number, ended = 0): Promise<void> {
  for (let i = 0; i < 100; i++) {
    const { served, open } = await run.state();
    if (served.length >= count && served.length - open >= ended) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the server was not asked ${count} times, or had not answered ${ended} of them`);
}

export async function remoteRun(recipe: BundleRecipe, schedule: Schedule): Promise<RemoteRun> {
  const url = inject('faultServer');
  const send = async (path: string, method: string, value?: unknown) => {
    const response = await fetch(`${url}/${path}`, {
      method,
      ...(value ? { body: JSON.stringify(value) } : {}),
    });
    return (await response.json()) as unknown;
  };
  const { id } = (await send('runs', 'POST', { recipe, schedule })) as { id: string };
  return {
    base: `${url}/m/${id}/`,
    reschedule: async (changed) => void (await send(`runs/${id}`, 'PUT', changed)),
    state: async () => (await send(`runs/${id}`, 'GET')) as { served: Served[]; open: number },
  };
}
