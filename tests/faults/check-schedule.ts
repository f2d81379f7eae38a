// One seeded schedule from end to end: a load that meets its faults, then one that meets none.

import { expect } from 'vitest';
import { Molmo2Error } from '../../src/errors.ts';
import { bundleChunkList } from '../../src/weights/bundle/bundle-chunk.ts';
import { listEntries, markOf, readMarks, shardFile } from '../../src/weights/cache/cache-entry.ts';
import type { RetryPolicy } from '../../src/weights/fetch/retry.ts';
import type { FaultServer } from './fault-server.ts';
import { loadRun, type LoadEnd } from './load-run.ts';
import { memoryStore, type MemoryStore } from './memory-store.ts';
import { expectedEnd, honest, seededSchedule, type Schedule } from './schedule.ts';
import { smallRecipe, type TestBundle } from './test-bundle.ts';

/** Waits cost no time, so that what is tested is the order of things. */
function policyFor({ after }: Schedule): Partial<RetryPolicy> {
  // A busy machine must not look like a stalled server, unless the server stalls for good anyway.
  const stallMs = after.kind === 'stall' ? 100 : 1500;
  return { stallMs, sleep: () => new Promise((resolve) => setTimeout(resolve, 1)) };
}

const { chunkBytes } = smallRecipe;

/** Returns how the first load ended. */
export async function checkSchedule(server: FaultServer, seed: number): Promise<'loads' | 'fails'> {
  const schedule = seededSchedule(seed);
  const store = memoryStore();
  const run = await server.add(smallRecipe, schedule);
  const { base, bundle } = run;
  const first = await loadRun({ base, bundle, chunkBytes, store, policy: policyFor(schedule) });
  const what = `${JSON.stringify(schedule)} met ${JSON.stringify(run.served)}`;
  const end = expectedEnd(schedule);
  if (first.error === null) {
    expect(end, what).not.toBe('fails');
    expectRight(first, bundle, what);
  } else {
    expect(end, `${what} and failed: ${String(first.error)}`).not.toBe('loads');
    expectClear(first.error, what);
  }
  await expectTruthfulCache(store, bundle, what);

  const again = await server.add(smallRecipe, honest);
  const second = await loadRun({
    base: again.base,
    bundle,
    chunkBytes,
    store,
    policy: policyFor(honest),
  });
  expect(second.error, what).toBeNull();
  expectRight(second, bundle, what);
  expect(second.missingBytes, what).toBe(first.error === null ? 0 : second.missingBytes);
  const chunks = bundleChunkList(bundle.manifest, chunkBytes).length;
  expect(again.served.length, what).toBeLessThanOrEqual(second.missingBytes === 0 ? 0 : chunks);
  return first.error === null ? 'loads' : 'fails';
}

function expectRight({ shards }: LoadEnd, { manifest, files }: TestBundle, what: string): void {
  manifest.shards.forEach(({ file }, i) => {
    expect(Buffer.compare(shards?.[i] ?? new Uint8Array(), files[file]!), `${file}: ${what}`).toBe(0);
  });
}

/** One error of ours that names the file and says what to do. */
function expectClear(error: unknown, what: string): void {
  expect(error, what).toBeInstanceOf(Molmo2Error);
  const { code, message } = error as Molmo2Error;
  expect(['bad-bundle', 'network'], what).toContain(code);
  expect(message, what).toMatch(/part-\d\.bin/);
  expect(message, what).toMatch(/(Put|put|Check|load) .+\.$/);
}

/** Every chunk that is marked in the cache is the right one. */
async function expectTruthfulCache(store: MemoryStore, bundle: TestBundle, what: string): Promise<void> {
  const [entry] = await listEntries(store);
  if (!entry?.info) throw new Error(`nothing was kept: ${what}`);
  const marks = await readMarks({ folder: entry.folder, info: entry.info });
  for (const chunk of bundleChunkList(bundle.manifest, chunkBytes)) {
    if (!markOf(marks, chunk.number)) continue;
    const kept = store.content.get(`${entry.folder.name}/${shardFile(chunk.shard)}`);
    const right = bundle.files[chunk.file]!.subarray(chunk.start, chunk.end);
    expect(Buffer.compare(kept!.subarray(chunk.start, chunk.end), right), `${chunk.number}: ${what}`).toBe(0);
  }
}
