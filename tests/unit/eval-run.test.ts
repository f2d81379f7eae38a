import { describe, expect, test } from 'vitest';
import { compareRuns } from '../../eval/run/compare.ts';
import { summarizeMatrix } from '../../eval/run/matrix.ts';
import { describeSet, sceneSource, scoredKinds, selected } from '../../eval/run/question-set.ts';
import { runQuestions, type RunOptions } from '../../eval/run/run-questions.ts';
import type { AskedQuestion, EvalRun, RunHead } from '../../eval/run/run-record.ts';
import { readRunText, refuseOtherRun, runLine } from '../../eval/run/run-text.ts';
import { seenReference, thinnedFrames } from '../../eval/run/shown-media.ts';
import { summarize } from '../../eval/run/summary.ts';
import type { Question, Reference } from '../../eval/question.ts';
import { Molmo2Error, type Answer, type AskEvent, type AskInput, type AskOptions } from '../../src/index.ts';

const counted = (id: string, count: number, more: Partial<Question> = {}): Question => ({
  id,
  media: { kind: 'images', images: [{ source: `${id}.png`, width: 100, height: 50 }] },
  prompt: `How many in ${id}?`,
  reference: { kind: 'count', count },
  ...more,
});
const questions = [counted('a', 1), counted('b', 2, { style: 'point_count' }), counted('c', 3)];
const timings = { loadMs: 1, mediaMs: 10, visionMs: 20, prefillMs: 30, decodeMs: 40, totalMs: 100 };

function answer(text: string, more: Partial<Answer> = {}): Answer {
  const usage = { promptTokens: 50, visionTokens: 40, visionCrops: 1, newTokens: 4 };
  return { text, tokenIds: [], finishReason: 'stop', points: [], tracks: [], count: null, usage, timings, ...more }; // prettier-ignore
}

/** A model that says what it is told to; what it was asked is in `inputs`. */
function model(reply: (input: AskInput) => Answer | Error, timestamps: readonly number[] = []) {
  const inputs: AskInput[] = [];
  return {
    inputs,
    async *ask(input: AskInput, { signal }: AskOptions = {}): AsyncGenerator<AskEvent, void, undefined> {
      signal?.throwIfAborted();
      inputs.push(input);
      const said = reply(input);
      const media = { kind: 'video' as const, sizes: [], timestamps, durationSec: null };
      yield { type: 'media', media, continues: false };
      if (said instanceof Error) throw said;
      yield { type: 'done', answer: said };
    },
  };
}

async function run(
  molmo: ReturnType<typeof model>,
  list: Iterable<Question> = questions,
  options: Partial<RunOptions> = {},
) {
  const asked: AskedQuestion[] = [];
  const progress: [number, number, boolean][] = [];
  for await (const event of runQuestions(molmo, list, { total: 3, ...options })) {
    if (event.type === 'asked') asked.push(event.asked);
    else progress.push([event.done, event.total, event.secondsLeft === null]);
  }
  return { asked, progress };
}

const scores = (asked: readonly AskedQuestion[]) => asked.map(({ score }) => score?.score ?? null);

describe('a run', () => {
  test('asks one question after the other, with media and style, and tells how far it is', async () => {
    const molmo = model(() => answer('2'));
    const { asked, progress } = await run(molmo);
    expect(molmo.inputs).toEqual([
      { images: ['a.png'], prompt: 'How many in a?' },
      { images: ['b.png'], prompt: 'How many in b?', style: 'point_count' },
      { images: ['c.png'], prompt: 'How many in c?' },
    ]);
    expect(scores(asked)).toEqual([0, 1, 0]);
    expect(progress).toEqual([[0, 3, true], [1, 3, false], [2, 3, false], [3, 3, false]]); // prettier-ignore
  });

  test('goes on behind a question that fails, and behind those that were asked before', async () => {
    const molmo = model(({ prompt }) =>
      prompt?.includes('b') ? new Molmo2Error('media-unreadable', 'b.png is damaged.') : answer('3'),
    );
    const { asked, progress } = await run(molmo, questions, { asked: new Set(['a']) });
    expect(asked).toMatchObject([
      {
        id: 'b',
        answer: null,
        score: null,
        error: { code: 'media-unreadable', message: 'b.png is damaged.' },
      },
      { id: 'c', score: { score: 1 } },
    ]);
    expect(progress.map(([done]) => done)).toEqual([1, 2, 3]);
  });

  test('ends where no other question can be answered, and where it is aborted', async () => {
    const lost = model(() => new Molmo2Error('device-lost', 'The GPU went away.'));
    await expect(run(lost)).rejects.toMatchObject({ code: 'device-lost' });
    const controller = new AbortController();
    const reason = new Error('enough');
    const molmo = model(() => {
      controller.abort(reason);
      return reason;
    });
    await expect(run(molmo, questions, { signal: controller.signal })).rejects.toBe(reason);
    expect(molmo.inputs).toHaveLength(1);
  });

  test('captions are scored by the judge alone; where it fails, the answer stays without a score', async () => {
    const caption: Question = { ...counted('d', 0), reference: { kind: 'caption', statements: ['A cat.'] } };
    const molmo = () => model(() => answer('A dog.'));
    expect((await run(molmo(), [caption])).asked).toMatchObject([
      { answer: { text: 'A dog.' }, score: null },
    ]);
    const failing = async () => {
      throw new Molmo2Error('network', 'The judge does not answer.');
    };
    const { asked } = await run(molmo(), [caption], { scoreCaption: failing });
    expect(asked).toMatchObject([{ answer: { text: 'A dog.' }, score: null, error: { code: 'network' } }]);
    expect(summarize(asked)).toMatchObject({ failed: 0, unscored: 1, score: null, kinds: [{ score: null }] });
  });

  test('moments that nobody annotated are left out where the model was shown more than that', async () => {
    const tracks: Reference = {
      kind: 'tracks',
      tracks: [{ id: 1, moments: [0, 1].map((timeSec) => ({ timeSec, x: 50, y: 25 })) }],
      timesSec: [0, 1],
    };
    const media = { kind: 'video', video: 'a.mp4', width: 100, height: 50, durationSec: 1 } as const;
    const question: Question = { id: 'v', media, prompt: 'Track it.', reference: tracks };
    const text = '<tracks coords="0.0 1 500 500;0.5 1 500 500;1.0 1 500 500">it</tracks>';
    const shown = async (times: readonly number[]) =>
      scores(
        (
          await run(
            model(() => answer(text), times),
            [question],
          )
        ).asked,
      );
    expect(await shown([0, 0.5, 1])).toEqual([1]);
    expect((await shown([0, 1]))[0]).toBeLessThan(0.9);
    // Of what it was not shown the model cannot speak.
    expect(seenReference(tracks, [0])).toEqual({
      reference: { ...tracks, tracks: [{ id: 1, moments: [{ timeSec: 0, x: 50, y: 25 }] }], timesSec: [0] },
      unannotated: 'wrong',
    });
    expect(seenReference(tracks, [5]).reference).toBe(tracks);
  });
});

describe('the frames that are shown', () => {
  const list = (timestamps: readonly number[]) => ({ frames: timestamps.map(String), timestamps });
  const times = (all: readonly number[], limits = {}) => {
    const { frames, timestamps } = thinnedFrames(list(all), limits);
    expect(frames).toEqual(timestamps.map(String));
    return timestamps;
  };
  const at = (fps: number, count: number, start = 0) =>
    Array.from({ length: count }, (_, i) => start + i / fps);

  test('are two of a second, or as many as are wanted', () => {
    expect(times(at(30, 61))).toEqual([0, 0.5, 1, 1.5, 2]);
    expect(times(at(30, 61), { maxFps: 1 })).toEqual([0, 1, 2]);
    expect(times(at(30, 61), { maxFrames: 3 })).toEqual([0, 1, 2]);
    expect(times(at(10, 11, 3))).toEqual([3, 3.5, 4]);
    // 24 frames a second have one at every half second, 25 have not.
    expect(times(at(24, 37))).toEqual([0, 0.5, 1, 1.5]);
    expect(times(at(25, 26))).toHaveLength(3);
  });

  test('are all of those that are not denser', () => {
    for (const all of [[0], [0, 0.5, 1, 1.5], [0, 0.4, 1.1, 5, 5.5, 9], at(1, 9), [2.5, 3]])
      expect(times(all, { maxFps: 2.5 })).toEqual(all);
  });
});

describe('sets of questions', () => {
  test('the hash is that of what is asked and right, in order', async () => {
    const hash = async (list: readonly Question[]) =>
      (await describeSet({ name: 'set', questions: () => list })).sha256;
    const [a, b] = [counted('a', 1), counted('b', 2)];
    const all = await Promise.all([
      hash([a, b]),
      hash([b, a]),
      hash([a]),
      hash([a, counted('b', 3)]),
      hash([a, { ...b, style: 'vqa2' }]),
      hash([a, { ...b, prompt: 'How?' }]),
    ]);
    expect(new Set(all).size).toBe(all.length);
    expect(await hash([a, { ...b, media: { kind: 'none' } }])).toBe(all[0]);
    await expect(hash([a, a])).rejects.toThrow(/two questions with the id "a"/);
    await expect(hash([])).rejects.toThrow(/no question that was selected/);
  });

  test('scenes are made again each time, and can be selected from', async () => {
    const source = sceneSource({ scenes: 3, seed: 7, questions: 2 });
    const chosen = selected(source, { kinds: scoredKinds, limit: 4 });
    const [first, again] = [await describeSet(chosen), await describeSet(chosen)];
    expect(first).toEqual({ ...again, name: '3 scenes of seed 7, 2 questions each', questions: 4 });
    expect((await describeSet(sceneSource({ scenes: 3, seed: 8, questions: 2 }))).sha256).not.toBe(
      first.sha256,
    );
  });
});

const head: RunHead = {
  format: 'molmo2-eval',
  version: 1,
  settings: { model: 'shapes', weights: 'q4' },
  set: { name: 'set', questions: 3, sha256: '0'.repeat(64) },
  info: {
    model: 'shapes',
    adapter: { vendor: 'v', architecture: 'a', description: 'd', isFallbackAdapter: true },
    parameters: 1,
    maxPositions: 1,
    maxFrames: 1,
    maxCrops: 1,
    loadMs: 1,
    tuned: {},
    notices: [],
  },
  packageVersion: '0.1.0',
  startedAt: '2026-01-01T00:00:00.000Z',
};

describe('the file of a run', () => {
  test('reads back as it was written, wherever it was cut off', async () => {
    const { asked } = await run(
      model(({ prompt }) => (prompt?.includes('b') ? new Error('no') : answer('é 1'))),
    );
    const lines = [runLine(head), ...asked.map(runLine)];
    const text = lines.join('');
    expect(readRunText(text, 'run')).toEqual({
      run: { ...head, asked },
      wholeBytes: Buffer.byteLength(text),
    });
    for (let length = 0; length < text.length; length += 7) {
      const read = readRunText(text.slice(0, length), 'run');
      const kept = read?.run.asked ?? [];
      expect(kept).toEqual(asked.slice(0, kept.length));
      expect(read?.wholeBytes ?? 0).toBe(
        read ? Buffer.byteLength(lines.slice(0, kept.length + 1).join('')) : 0,
      );
    }
  });

  test('a question that is there twice counts as it was written last', async () => {
    const [first] = (await run(model(() => answer('1')))).asked;
    const again = { ...first!, score: null };
    const read = readRunText([head, first!, again].map(runLine).join(''), 'run');
    expect(read?.run.asked).toEqual([again]);
  });

  test.each([
    ['a line that is no JSON', [runLine(head), 'x\n'], /run, line 2: this is no JSON/],
    ['another format', [runLine({ ...head, format: 'other' as 'molmo2-eval' })], /line 1, key format/],
    ['a score without its parts', [runLine(head), '{"id":"a","kind":"points","prompt":"","answer":null,"score":{"kind":"points","score":1}}\n'], /line 2, key score\.points/], // prettier-ignore
    ['a score of another kind', [runLine(head), '{"id":"a","kind":"points","prompt":"","answer":null,"score":{"kind":"short","score":1}}\n'], /a score of "short" for a question of kind "points"/], // prettier-ignore
  ])('refuses %s', (_, lines, message) => {
    expect(() => readRunText(lines.join(''), 'run')).toThrow(message);
    expect(() => readRunText(lines.join(''), 'run')).toThrow(Molmo2Error);
  });

  test('another run is refused by what differs', () => {
    const { set, settings } = head;
    expect(() => refuseOtherRun(head, { ...head }, 'run')).not.toThrow();
    const refused = (change: Partial<RunHead>) => () => refuseOtherRun(head, { ...head, ...change }, 'run');
    expect(refused({ settings: { ...settings, weights: 'q8' } })).toThrow(/weights was q4 and is q8/);
    expect(refused({ settings: { ...settings, kv: 'int8' } })).toThrow(/kv was the default and is int8/);
    expect(refused({ set: { ...set, sha256: '1'.repeat(64) } })).toThrow(/the questions have changed/);
    expect(refused({ set: { ...set, questions: 4, sha256: '1'.repeat(64) } })).toThrow(/it asked set \(3/);
    expect(refused({ packageVersion: '0.2.0' })).toThrow(
      /version of molmo2-webgpu was 0\.1\.0 and is 0\.2\.0/,
    );
  });
});

describe('what a run says', () => {
  test('shares, errors, cut answers and speed of counts', async () => {
    const replies: Record<string, Answer | Error> = {
      a: answer('1'),
      b: answer('3', { finishReason: 'length', timings: { ...timings, totalMs: 300 } }),
      c: new Molmo2Error('out-of-memory', 'No.'),
    };
    const categories = ['few', 'many', 'many'];
    const list = questions.map((question, i) => ({ ...question, category: categories[i]! }));
    const { asked } = await run(
      model(({ prompt }) => replies[prompt![12]!]!),
      list,
    );
    const summary = summarize(asked);
    expect(summary).toMatchObject({
      questions: 3,
      failed: 1,
      truncated: 1,
      errors: [{ code: 'out-of-memory', questions: 1 }],
      // a is right, b off by one, and c counts as 0.
      score: { value: 1 / 3 },
      kinds: [
        {
          kind: 'count',
          category: null,
          figures: [
            { name: 'withinOne', value: { value: 2 / 3 } },
            { name: 'close', value: { value: 2 / 3 } },
            { name: 'saysNumber', value: { value: 2 / 3 } },
            { name: 'meanError', value: { value: 1 / 2 } },
          ],
        },
      ],
      categories: [
        { category: 'few', questions: 1, score: { value: 1 } },
        { category: 'many', questions: 2, failed: 1, truncated: 1, score: { value: 0 } },
      ],
      speed: { medianSec: 0.2, medianFirstTokenSec: 0.16, decodeTokensPerSec: 100, newTokens: 8 },
    });
  });

  test('MOTA is that of all objects together', () => {
    const clear = (matches: number, misses: number, switches: number) => ({ matches, misses, falsePositives: 0, switches, mota: 0, motp: 1 }); // prettier-ignore
    const at = { alpha: 0.5, matches: 1, misses: 0, falsePositives: 0, hota: 1, detA: 1, assA: 1 };
    const hota = { hota: 1, detA: 1, assA: 1, half: at, at: [at] };
    const moments = { precision: 1, recall: 1, f1: 1 };
    const tracked = (id: string, one: ReturnType<typeof clear>): AskedQuestion => ({
      id,
      kind: 'tracks',
      prompt: '',
      answer: answer(''),
      score: { kind: 'tracks', score: 1, hota, clear: one, moments },
    });
    const { kinds } = summarize([tracked('a', clear(1, 0, 0)), tracked('b', clear(3, 6, 1))]);
    expect(kinds[0]?.figures).toMatchObject([
      { name: 'detA', value: { value: 1 } },
      { name: 'assA', value: { value: 1 } },
      { name: 'f1', value: { value: 1 } },
      { name: 'mota', value: { value: 3 / 10 } },
      { name: 'switches', value: { value: 1 } },
    ]);
  });
});

describe('two runs', () => {
  const runOf = async (reply: string, list: readonly Question[] = questions): Promise<EvalRun> => ({
    ...head,
    asked: (
      await run(
        model(() => answer(reply)),
        list,
      )
    ).asked,
  });

  test('are compared question by question, losses first', async () => {
    const [before, after] = [await runOf('1'), await runOf('2', questions)];
    const comparison = compareRuns(before, after);
    expect(comparison).toMatchObject({ questions: 3, onlyBefore: 0, onlyAfter: 0 });
    expect(comparison.kinds).toMatchObject([
      { kind: null, questions: 3, result: { better: 1, worse: 1, same: 1, pValue: 1, isExact: true } },
      { kind: 'count', questions: 3 },
    ]);
    expect(comparison.changes.map(({ before: { id }, difference }) => [id, difference])).toEqual([
      ['a', -1],
      ['b', 1],
      ['c', 0],
    ]);
    expect(compareRuns(before, before).changes).toEqual([]);
    const other = { ...after, set: { ...head.set, sha256: '1'.repeat(64) } };
    expect(() => compareRuns(before, other)).toThrow(/The runs asked other questions/);
    const part = compareRuns(before, { ...after, asked: after.asked.slice(1) });
    expect(part).toMatchObject({ questions: 2, onlyBefore: 1, onlyAfter: 0 });
  });

  test('of two sets with the same ids stay apart in a matrix, whose first cell is the measure', async () => {
    const otherSet = { ...head.set, name: 'other', sha256: '1'.repeat(64) };
    const cell = async (name: string, reply: string) => ({
      name,
      settings: head.settings,
      runs: [await runOf(reply), { ...(await runOf('3')), set: otherSet }],
    });
    const { sets, cells } = summarizeMatrix([await cell('one', '1'), await cell('two', '9')], '0.1.0');
    expect(sets).toEqual([head.set, otherSet]);
    expect(cells).toMatchObject([
      { name: 'one', difference: null, summary: { questions: 6, score: { value: 2 / 6 } } },
      {
        name: 'two',
        sets: [{ score: { value: 0 } }, { score: { value: 1 / 3 } }],
        difference: [{ kind: null, result: { difference: { value: -1 / 6 }, worse: 1, same: 5 } }, {}],
      },
    ]);
  });
});
