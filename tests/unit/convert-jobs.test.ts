import { describe, expect, test } from 'vitest';
import { ChunkLedger, writesOf, type DoneBefore, type PlannedJob } from '../../cli/bundle/chunk-ledger.ts';
import { conversion } from '../../cli/convert/conversion.ts';
import { rowSlices, sliceBytes, type SourceTensor } from '../../cli/convert/slices.ts';
import { archFiles } from '../../cli/synth/arch.ts';
import { fillJobs } from '../../cli/synth/fill-jobs.ts';
import { modelConfig } from '../../src/read-config.ts';
import { planBundle, type BundlePlan } from '../../src/weights/bundle/bundle-plan.ts';
import { chunkBytes, tensorAlignment } from '../../src/weights/bundle/manifest.ts';
import { expectedTensors } from '../../src/weights/checkpoint/tensor-names.ts';

const shapes = expectedTensors(modelConfig(archFiles('molmo2-o-7b')['config.json']));

/** All tensors in one F32 file, sorted by name. */
function sourceTensors(): Map<string, SourceTensor> {
  let end = 1000;
  return new Map(
    [...shapes]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, shape]) => {
        const start = end;
        end += 4 * shape.reduce((a, b) => a * b);
        return [name, { name, shape, dtype: 'F32', file: 'model.safetensors', start, end }];
      }),
  );
}

/** Byte ranges that the jobs write, sorted, joined where they touch. */
function written(jobs: readonly PlannedJob[], shard: number): [number, number][] {
  const ranges = jobs
    .flatMap(({ job }) => writesOf(job))
    .filter((range) => range.shard === shard)
    .map(({ offset, length }): [number, number] => [offset, offset + length])
    .sort(([a], [b]) => a - b);
  const joined: [number, number][] = [];
  for (const [start, end] of ranges) {
    const last = joined.at(-1);
    if (last && start < last[1]) throw new Error(`bytes ${start} to ${last[1]} are written twice`);
    if (last && start - last[1] < tensorAlignment) last[1] = end;
    else joined.push([start, end]);
  }
  return joined;
}

function expectAllWritten(plan: BundlePlan, jobs: readonly PlannedJob[]): void {
  plan.shards.forEach(({ byteLength }, shard) => {
    expect(written(jobs, shard)).toEqual([[0, byteLength]]);
  });
}

describe('the jobs of a conversion', () => {
  test.each(['f16', 'q8', 'q4'] as const)(
    'write every byte of the shards once in %s, in reads of bounded size',
    (weights) => {
      const { plan, jobs } = conversion(shapes, sourceTensors(), weights, new Map());
      expectAllWritten(plan, jobs);
      expect(new Set(jobs.map(({ key }) => key)).size).toBe(jobs.length);
      expect(Math.max(...jobs.map(({ byteLength }) => byteLength))).toBeLessThanOrEqual(sliceBytes);
      const total = [...sourceTensors().values()].reduce((sum, { start, end }) => sum + end - start, 0);
      expect(jobs.reduce((sum, { byteLength }) => sum + byteLength, 0)).toBe(total);
      // Hundreds of small tensors do not cost a read each.
      expect(jobs.length).toBeLessThan(1.5 * (total / sliceBytes));
    },
  );

  test('only read a tensor that seems to equal another, in the same cuts', () => {
    const twins = new Map([['lm_head.weight', 'model.transformer.wte.embedding']]);
    const tensors = sourceTensors();
    const { plan, jobs } = conversion(shapes, tensors, 'q4', twins);
    expectAllWritten(plan, jobs);
    const hashed = jobs.filter(({ digest }) => digest);
    const cuts = (name: string) => {
      const { start, end } = tensors.get(name) ?? { start: 0, end: 0 };
      return hashed.flatMap(({ job }) =>
        'input' in job && job.input.start >= start && job.input.end <= end
          ? [[job.input.start - start, job.input.end - start]]
          : [],
      );
    };
    expect(cuts('lm_head.weight').length).toBeGreaterThan(100);
    expect(cuts('lm_head.weight')).toEqual(cuts('model.transformer.wte.embedding'));
    expect(hashed).toHaveLength(2 * cuts('lm_head.weight').length);
  });

  test('of random weights write every byte of the shards once', () => {
    const plan = planBundle(shapes, 'q4');
    expectAllWritten(plan, fillJobs(plan, 1));
  });

  test.each([
    [1, 4, [[0, 1]]],
    [128, 1 << 20, [[0, 128]]],
    [300, 1 << 16, [[0, 128], [128, 128], [256, 44]]],
    [300, 1 << 15, [[0, 256], [256, 44]]],
  ])('%d rows of %d bytes are cut at multiples of 128', (rows, bytesPerRow, slices) => {
    expect(rowSlices(rows, bytesPerRow)).toEqual(slices);
  }); // prettier-ignore
});

describe('the ledger of chunks', () => {
  const { plan, jobs } = conversion(shapes, sourceTensors(), 'q4', new Map());
  const nothing: DoneBefore = { hashes: new Map(), digests: new Map(), jobs: new Map() };

  test('reports every chunk exactly once, when the last job that touches it is done', () => {
    const ledger = new ChunkLedger(jobs, nothing);
    const seen = new Map<string, number>();
    const remaining = new Set(jobs);
    for (const job of ledger.jobs.toReversed()) {
      remaining.delete(job);
      for (const { shard, index } of ledger.finish(job.job)) {
        const [start, end] = [index * chunkBytes, (index + 1) * chunkBytes];
        const late = [...remaining].some((other) =>
          writesOf(other.job).some((w) => w.shard === shard && w.offset < end && w.offset + w.length > start),
        );
        expect(late).toBe(false);
        seen.set(`${shard}:${index}`, (seen.get(`${shard}:${index}`) ?? 0) + 1);
      }
    }
    const chunks = plan.shards.flatMap(({ byteLength }, shard) =>
      Array.from({ length: Math.ceil(byteLength / chunkBytes) }, (_, index) => `${shard}:${index}`),
    );
    expect([...seen.keys()].sort()).toEqual(chunks.sort());
    expect(new Set(seen.values())).toEqual(new Set([1]));
  });

  test('asks only for what chunks without a hash need, and reports only these', () => {
    const known = new Map<string, string>();
    plan.shards.forEach(({ byteLength }, shard) => {
      for (let index = 0; index * chunkBytes < byteLength; index++) known.set(`${shard}:${index}`, 'hash');
    });
    known.delete('1:7');
    const ledger = new ChunkLedger(jobs, { ...nothing, hashes: known });
    expect(ledger.jobs.length).toBeGreaterThan(0);
    expect(ledger.jobs.length).toBeLessThan(jobs.length / 100);
    expect(ledger.shardHashes(1, plan.shards[1]?.byteLength ?? 0)).toBe(null);
    const reported = ledger.jobs.flatMap(({ job }) => ledger.finish(job));
    expect(reported).toEqual([{ shard: 1, index: 7 }]);
    ledger.setHash({ shard: 1, index: 7 }, 'new');
    expect(ledger.shardHashes(1, plan.shards[1]?.byteLength ?? 0)?.[7]).toBe('new');
    expect(ledger.doneBytes).toBeLessThan(ledger.totalBytes);
  });

  test('does not ask again for jobs whose output was read back, and hashes the chunks that they have filled', () => {
    const half = jobs.slice(0, jobs.length / 2);
    const ledger = new ChunkLedger(jobs, { ...nothing, jobs: new Map(half.map(({ key }) => [key, 'hash'])) });
    expect(ledger.jobs).toEqual(jobs.slice(half.length));
    const reported = [...ledger.complete, ...ledger.jobs.flatMap(({ job }) => ledger.finish(job))];
    const all = plan.shards.reduce((sum, { byteLength }) => sum + Math.ceil(byteLength / chunkBytes), 0);
    expect(ledger.complete.length).toBeGreaterThan(all / 10);
    expect(new Set(reported.map(({ shard, index }) => `${shard}:${index}`)).size).toBe(all);
    expect(reported).toHaveLength(all);
  });
});
