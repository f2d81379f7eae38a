// Captions scored by a judge on this machine that answers as one would, and misbehaves in every way.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleepMs } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { judgeAnswers } from '../../eval/judge/judge-answers.ts';
import { objectIn } from '../../eval/judge/json-in-text.ts';
import { fileCache } from '../../eval/judge/judge-cache-file.ts';
import { createJudge, type JudgeOptions } from '../../eval/judge/judge.ts';
import { tallyLines } from '../../eval/judge/tally.ts';
import { randomIndices } from '../../eval/metrics/random.ts';
import type { Question } from '../../eval/question.ts';
import type { AskedQuestion } from '../../eval/run/run-record.ts';
import { Molmo2Error } from '../../src/errors.ts';
import { startJudge, type JudgeFault, type JudgeServer } from '../judge-server.ts';

let server: JudgeServer;
let folder: string;
beforeAll(async () => {
  server = await startJudge();
  folder = await mkdtemp(join(tmpdir(), 'judge-'));
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  server.requests.length = 0;
  server.faults = [];
  server.takes = ['json_schema', 'json_object', 'words'];
  server.key = null;
  server.open.most = 0;
});

function question(statements: readonly string[], id = 'q1'): Question {
  return { id, media: { kind: 'none' }, prompt: 'Describe it.', reference: { kind: 'caption', statements } };
}

const cup = question(['There is a red cup.', 'There is a dog.']);
// Three statements, of which the first is in the reference: P 1/3, R 1/2, F1 2 * (1/6) / (5/6) = 2/5.
const caption = 'There is a red cup, there is a blue ball, there is a tree.';
const rightF1 = 0.4;

/** A judge whose waits are written down and not waited for. */
function judgeHere(options: Partial<JudgeOptions> = {}) {
  const waits: number[] = [];
  const judge = createJudge({
    url: `${server.url}/v1`,
    model: 'judge-1',
    ...options,
    policy: {
      random: () => 0,
      sleep: async (ms) => void waits.push(ms),
      timeoutMs: 20_000,
      ...options.policy,
    },
  });
  const failure = async (text = caption, of = cup): Promise<Molmo2Error> => {
    const end: unknown = await judge.scoreCaption(of, text).catch((error: unknown) => error);
    expect(end).toBeInstanceOf(Molmo2Error);
    return end as Molmo2Error;
  };
  return { judge, waits, failure };
}

const f1 = async ({ judge }: ReturnType<typeof judgeHere>) => (await judge.scoreCaption(cup, caption)).score;
const always = (fault: JudgeFault) => Array.from({ length: 20 }, () => fault);

describe('an honest judge', () => {
  test('takes a caption apart and compares it: P 1/3, R 1/2, F1 2/5', async () => {
    const { judge } = judgeHere({ key: 'sk-1' });
    const score = await judge.scoreCaption(cup, caption);
    expect(score.score).toBeCloseTo(rightF1, 12);
    expect(score.judge).toBe('judge-1');
    expect(score.caption).toMatchObject({ stated: 3, supported: 1, expected: 2, covered: 1 });
    expect(score.statements.stated.map(({ isRight }) => isRight)).toEqual([true, false, false]);
    expect(score.statements.expected).toEqual([
      { statement: 'There is a red cup.', isRight: true },
      { statement: 'There is a dog.', isRight: false },
    ]);
    const [first, second] = server.requests;
    expect(first).toMatchObject({ path: '/v1/chat/completions', authorization: 'Bearer sk-1' });
    expect(first?.body).toMatchObject({ model: 'judge-1', temperature: 0 });
    expect(first?.body.response_format).toMatchObject({
      type: 'json_schema',
      json_schema: { strict: true, schema: { required: ['statements'], additionalProperties: false } },
    });
    expect(second?.body.messages[1]?.content).toContain('there is a blue ball');
    expect(server.requests).toHaveLength(2);
  });

  test('a perfect caption is 1, one that is all wrong 0, and what it says twice counts once', async () => {
    const { judge } = judgeHere();
    const perfect = await judge.scoreCaption(cup, 'There is a dog, there is a red cup, THERE IS A DOG.');
    expect(perfect).toMatchObject({ score: 1, caption: { stated: 2 } });
    expect((await judge.scoreCaption(cup, 'There is a cat')).score).toBe(0);
  });

  test('a caption without a word is 0 and nobody is asked; a reference without statements is refused', async () => {
    const { judge, failure } = judgeHere();
    expect(await judge.scoreCaption(cup, ' \n')).toMatchObject({ score: 0, caption: { stated: 0 } });
    const error = await failure(caption, question([]));
    expect(error.code).toBe('bad-dataset');
    expect(error.message).toContain('"q1" has a caption without statements');
    const points: Question = { ...cup, reference: { kind: 'count', count: 1 } };
    await expect(judge.scoreCaption(points, '1')).rejects.toThrow('a reference of kind "count"');
    expect(server.requests).toEqual([]);
  });

  test('the form of the answer steps down to what the server takes, once', async () => {
    server.takes = ['words'];
    const here = judgeHere();
    expect(await f1(here)).toBeCloseTo(rightF1, 12);
    const forms = server.requests.map(({ body }) => body.response_format?.type);
    expect(forms).toEqual(['json_schema', 'json_object', undefined, undefined]);
    expect(here.waits).toEqual([]);
    server.takes = [];
    const { message } = await judgeHere().failure();
    expect(message).toContain('it answered 400 Bad Request: response_format words is not known');
  });

  test('tokens and costs are summed, and answers without counts are named', async () => {
    const { judge } = judgeHere({ price: { inputPerMillion: 2, outputPerMillion: 30 } });
    await judge.scoreCaption(cup, caption);
    // 2 answers of 100 and 10 tokens: 200 * 2 + 20 * 30 = 1000 millionths.
    expect(judge.tally()).toMatchObject({ requests: 2, promptTokens: 200, completionTokens: 20, judged: 1 });
    expect(judge.tally().cost).toBeCloseTo(0.001, 12);
    server.faults = [{ kind: 'without-usage' }];
    await judge.scoreCaption(cup, 'There is a cat');
    expect(judge.tally()).toMatchObject({ promptTokens: 300, withoutUsage: 1 });
    expect(tallyLines(judge.tally())).toEqual([
      'judge: 2 captions judged, 0 not; 4 requests, 0 answers kept from before',
      'judge: 300 tokens in, 30 tokens out, and what 1 answer without counts took; cost 0.0015 at least',
    ]);
    expect(judgeHere().judge.tally().cost).toBeNull();
  });

  test('a few requests at once, and no more', async () => {
    server.faults = always({ kind: 'slow' });
    const { judge } = judgeHere({ atOnce: 2 });
    const texts = Array.from({ length: 6 }, (_, i) => `There is a red cup, number ${i}`);
    const scores = await Promise.all(texts.map((text) => judge.scoreCaption(cup, text)));
    expect(scores.every(({ score }) => score === 0.5)).toBe(true);
    expect(server.open.most).toBe(2);
  });
});

describe('faults that pass', () => {
  test.each<[JudgeFault, string]>([
    [{ kind: 'fenced' }, ''],
    [{ kind: 'between-words' }, ''],
    [{ kind: 'in-parts' }, ''],
    [{ kind: 'status', status: 429, retryAfter: '7' }, 'it answered 429 Too Many Requests'],
    [{ kind: 'status', status: 500 }, 'it answered 500 Internal Server Error'],
    [{ kind: 'status', status: 503, body: '{"detail":"loading"}' }, 'it answered 503 Service Unavailable'],
    [{ kind: 'cut' }, 'terminated'],
    [{ kind: 'reset' }, 'fetch failed'],
    [{ kind: 'web-page' }, 'its answer is no JSON, or was cut'],
    [{ kind: 'no-choices' }, 'its answer holds no text'],
    [{ kind: 'empty' }, 'its answer holds no text'],
    [{ kind: 'too-long' }, 'its answer is longer than 4194304 bytes'],
    [{ kind: 'error-inside' }, 'it answered with an error'],
    [{ kind: 'chatter' }, 'its answer could not be read'],
    [{ kind: 'two-objects' }, 'its answer could not be read'],
    [{ kind: 'lacks-one' }, 'its answer could not be read'],
    [{ kind: 'twice' }, 'its answer could not be read'],
    [{ kind: 'as-words' }, 'its answer could not be read'],
    [{ kind: 'out-of-range' }, 'its answer could not be read'],
  ])('%o: the F1 is right, and what was asked again is told', async (fault, reason) => {
    // Of either request.
    server.faults = [fault, { kind: 'honest' }, fault];
    if (reason === '') server.faults = [fault, fault];
    const here = judgeHere();
    expect(await f1(here)).toBeCloseTo(rightF1, 12);
    expect(here.judge.tally().askedAgain).toEqual(reason === '' ? {} : { [reason]: 2 });
    expect(here.judge.tally()).toMatchObject({ judged: 1, notJudged: [], requests: reason === '' ? 2 : 4 });
  });

  test('an endpoint that stands still is asked again after the time it has', async () => {
    server.faults = [{ kind: 'hang' }];
    const here = judgeHere({ policy: { timeoutMs: 150 } });
    expect(await f1(here)).toBeCloseTo(rightF1, 12);
    // More than once where this machine is busy.
    expect(here.judge.tally().askedAgain['nothing came for 0.15 s']).toBeGreaterThanOrEqual(1);
  });

  test('waits double, and Retry-After is obeyed in seconds and as a date', async () => {
    const nowMs = Date.parse('2026-05-04T10:00:00Z');
    server.faults = [
      { kind: 'status', status: 500 },
      { kind: 'status', status: 500 },
      { kind: 'status', status: 429, retryAfter: '9' },
      { kind: 'status', status: 429, retryAfter: 'Mon, 04 May 2026 10:00:20 GMT' },
      { kind: 'status', status: 429, retryAfter: 'soon' },
    ];
    const here = judgeHere({ policy: { now: () => nowMs } });
    expect(await f1(here)).toBeCloseTo(rightF1, 12);
    // Half of each wait is chance, which is 0 here.
    expect(here.waits).toEqual([500, 1000, 9000, 20_000, 8000]);
  });
});

describe('faults that stay', () => {
  test.each<[JudgeFault, number, string]>([
    [
      { kind: 'status', status: 500 },
      6,
      'it answered 500 Internal Server Error (attempt 6). Try again later',
    ],
    [{ kind: 'reset' }, 6, 'fetch failed'],
    [{ kind: 'web-page' }, 6, 'its answer is no JSON, or was cut (attempt 6)'],
    [
      { kind: 'status', status: 429, retryAfter: '3600' },
      1,
      'asks to wait 3600 s. Try again after that time.',
    ],
    [{ kind: 'status', status: 413 }, 1, 'it answered 413'],
    [{ kind: 'at-limit' }, 1, 'its answer ended at its limit of tokens. Raise the limit'],
    [{ kind: 'refusal' }, 1, 'it refused to answer'],
    [{ kind: 'chatter' }, 3, 'no answer that can be read, 3 times: it is not one JSON object (I think that'],
    [{ kind: 'twice' }, 3, 'number 4 of its statements is no text'],
    [{ kind: 'lacks-one' }, 3, 'it has no list "statements"'],
  ])('%o: an error and no score', async (fault, requests, message) => {
    server.faults = always(fault);
    const { judge, failure } = judgeHere();
    const error = await failure();
    expect(error.code).toBe('network');
    expect(error.message).toContain(message);
    expect(server.requests).toHaveLength(requests);
    expect(judge.tally()).toMatchObject({ judged: 0, notJudged: [{ id: 'q1', why: error.message }] });
    expect(tallyLines(judge.tally()).join('\n')).toContain('judge: "q1" is not judged: The judge "judge-1"');
  });

  test.each<[JudgeFault['kind'], string]>([
    ['lacks-one', '"caption" does not judge statement 1'],
    ['twice', '"caption" judges statement 1 twice'],
    ['as-words', '"caption" says neither true nor false about statement 1'],
    ['out-of-range', '"caption" judges a statement that is none of the 3'],
  ])('verdicts with fault %s are no verdicts', async (kind, message) => {
    server.faults = [{ kind: 'honest' }, ...always({ kind } as JudgeFault)];
    expect((await judgeHere().failure()).message).toContain(message);
  });

  test('a wrong key is told at once, without the key, and nobody is asked again', async () => {
    server.key = 'sk-right';
    const key = 'sk-wrong-0123456789';
    const { judge, failure, waits } = judgeHere({ key });
    const { message } = await failure();
    expect(message).toContain('it answered 401 Unauthorized: Wrong key: Bearer (the key)');
    expect(message).toContain('Check the key');
    expect((await failure()).message).toBe(message);
    expect(server.requests).toHaveLength(1);
    expect(waits).toEqual([]);
    expect(JSON.stringify(judge.tally())).not.toContain(key);
  });

  test('an account without money is not asked again', async () => {
    const body = JSON.stringify({ error: { message: 'You are out of credits', code: 'insufficient_quota' } });
    server.faults = always({ kind: 'status', status: 429, body });
    expect((await judgeHere().failure()).message).toContain('You are out of credits. Pay for more');
    expect(server.requests).toHaveLength(1);
  });

  test('no part of the key is left where a long answer is cut', async () => {
    const key = 'sk-secret-secret-secret-secret';
    for (const before of [60, 70, 180, 190]) {
      const echo = `${'x'.repeat(before)} ${key}`;
      server.faults = [{ kind: 'status', status: 413, body: JSON.stringify({ message: echo }) }];
      expect((await judgeHere({ key }).failure()).message).not.toContain('sk-');
    }
  });

  test('a redirect to another origin is not followed, and the key stays', async () => {
    server.faults = [{ kind: 'redirect' }];
    const { message } = await judgeHere({ key: 'sk-1' }).failure();
    expect(message).toMatch(/it redirects to http:\/\/127\.0\.0\.1:\d+\. Nothing was sent there/);
    expect(server.strangerSaw).toEqual([]);
  });

  test('three answers in a row that never came are enough', async () => {
    const { failure, judge } = judgeHere({ policy: { attempts: 2 } });
    server.faults = [...always({ kind: 'reset' }).slice(0, 4), ...always({ kind: 'honest' }).slice(0, 2)];
    await failure();
    await failure();
    expect((await judge.scoreCaption(cup, caption)).score).toBeCloseTo(rightF1, 12);
    server.faults = always({ kind: 'reset' });
    server.requests.length = 0;
    const texts = ['a', 'b', 'c', 'd', 'e'];
    const messages: string[] = [];
    for (const text of texts) messages.push((await failure(text)).message);
    expect(server.requests).toHaveLength(3 * 2);
    expect(messages[4]).toContain('the 3rd time in a row, so that it is not asked again');
    expect(judge.tally().notJudged).toHaveLength(7);
  });

  test('an address where nobody listens', async () => {
    const gone = await startJudge();
    await gone.close();
    const { message } = await judgeHere({ url: gone.url }).failure();
    expect(message).toContain(`at ${gone.url}/chat/completions gave no answer: fetch failed`);
  });
});

test('whatever goes wrong, a score is the right one or there is none', async () => {
  const draw = randomIndices(14);
  const kinds: JudgeFault[] = [
    ...(['honest', 'fenced', 'cut', 'reset', 'web-page', 'empty', 'chatter', 'lacks-one', 'twice'] as const),
    ...(['as-words', 'out-of-range', 'no-choices', 'error-inside', 'at-limit', 'two-objects'] as const),
  ].map((kind) => ({ kind }));
  const ends = { right: 0, failed: 0 };
  for (let round = 0; round < 80; round++) {
    server.faults = Array.from({ length: draw(7) }, () => kinds[draw(kinds.length)]!);
    const { judge } = judgeHere({ policy: { attempts: 3, readings: 2 } });
    const end = await judge.scoreCaption(cup, caption).catch((error: unknown) => error);
    if (end instanceof Molmo2Error) ends.failed++;
    else {
      expect(end).toMatchObject({ caption: { stated: 3, supported: 1, expected: 2, covered: 1 } });
      ends.right++;
    }
    const { judged, notJudged } = judge.tally();
    expect(judged + notJudged.length).toBe(1);
  }
  expect(Math.min(ends.right, ends.failed)).toBeGreaterThan(10);
});

describe('an abort', () => {
  test('ends a request that waits, one that sleeps and one that stands in the row', async () => {
    const reason = new Error('enough');
    const asksOnce = async () => {
      server.requests.length = 0;
      while (server.requests.length === 0) await sleepMs(5);
    };
    const ended = async (options: Partial<JudgeOptions>, faults: JudgeFault[]) => {
      server.faults = faults;
      const abort = new AbortController();
      const { judge } = judgeHere({ atOnce: 1, ...options });
      const asked = ['a', 'b'].map((text) => judge.scoreCaption(cup, text, abort.signal));
      void asksOnce().then(() => abort.abort(reason));
      for (const one of await Promise.allSettled(asked)) expect(one).toMatchObject({ status: 'rejected', reason }); // prettier-ignore
      expect(judge.tally()).toMatchObject({ judged: 0, notJudged: [], requests: 1 });
      await expect(judge.scoreCaption(cup, 'c', abort.signal)).rejects.toBe(reason);
      // The row goes on for others.
      expect((await judge.scoreCaption(cup, 'There is a dog.')).caption.covered).toBe(1);
    };
    await ended({}, [{ kind: 'hang' }]);
    const abort = new AbortController();
    // With the waits of every day, of which this one is half a minute at least.
    const judge = createJudge({ url: server.url, model: 'm', policy: { firstWaitMs: 60_000 } });
    server.faults = [{ kind: 'status', status: 500 }];
    const asked = judge.scoreCaption(cup, caption, abort.signal);
    while (Object.keys(judge.tally().askedAgain).length === 0) await sleepMs(5);
    abort.abort(reason);
    await expect(asked).rejects.toBe(reason);
    expect(judge.tally().requests).toBe(1);
  });
});

describe('answers that are kept', () => {
  test('a second run with the same file asks nobody, another model does', async () => {
    const path = join(folder, 'kept.jsonl');
    server.faults = [{ kind: 'chatter' }, { kind: 'honest' }, { kind: 'reset' }];
    const first = judgeHere({ cache: await fileCache(path), key: 'sk-secret' });
    expect(await f1(first)).toBeCloseTo(rightF1, 12);
    expect(await readFile(path, 'utf8')).not.toContain('sk-secret');
    server.requests.length = 0;
    const again = judgeHere({ cache: await fileCache(path) });
    expect(await f1(again)).toBeCloseTo(rightF1, 12);
    expect(again.judge.tally()).toMatchObject({ requests: 0, kept: 2, judged: 1, promptTokens: 0 });
    await f1(judgeHere({ cache: await fileCache(path), model: 'judge-2' }));
    expect(server.requests).toHaveLength(2);
  });

  test('a line that was cut is asked for again, and a file of something else is left alone', async () => {
    const path = join(folder, 'cut.jsonl');
    await f1(judgeHere({ cache: await fileCache(path) }));
    const whole = await readFile(path, 'utf8');
    await writeFile(path, whole.slice(0, -20));
    server.requests.length = 0;
    expect(await f1(judgeHere({ cache: await fileCache(path) }))).toBeCloseTo(rightF1, 12);
    expect(server.requests).toHaveLength(1);
    expect(await f1(judgeHere({ cache: await fileCache(path) }))).toBeCloseTo(rightF1, 12);
    expect(server.requests).toHaveLength(1);
    const other = join(folder, 'notes.txt');
    await writeFile(other, 'milk\nbread');
    await expect(fileCache(other)).rejects.toThrow(`Line 1 of ${other} is no answer of a judge`);
    expect(await readFile(other, 'utf8')).toBe('milk\nbread');
  });

  test('what was kept and cannot be read is asked for', async () => {
    const here = judgeHere({
      cache: { get: () => Promise.resolve('?'), set: () => Promise.resolve() },
    });
    expect(await f1(here)).toBeCloseTo(rightF1, 12);
    expect(here.judge.tally()).toMatchObject({ requests: 2, kept: 0 });
  });
});

async function listed<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe('captions of a run', () => {
  const answered = (id: string, text: string | null): AskedQuestion => ({
    id,
    kind: 'caption',
    prompt: 'Describe it.',
    answer: text === null ? null : ({ text } as AskedQuestion['answer']),
    score: null,
  });
  const questions = ['a', 'b', 'c', 'd', 'e'].map((id) => question(['There is a dog.'], id));
  const asked = [
    answered('a', 'There is a dog'),
    answered('b', null), // failed: there is nothing to judge
    { ...answered('c', 'There is a cat'), error: { code: 'network', message: 'of last time' } },
    answered('d', 'There is a dog, there is a cat'),
    { ...answered('e', '1'), kind: 'count' as const },
  ];

  test('are judged where they have an answer and no score', async () => {
    const { judge } = judgeHere({ atOnce: 2 });
    const done = await listed(judgeAnswers(judge, asked, questions));
    const byId = done.toSorted((x, y) => x.id.localeCompare(y.id));
    expect(byId.map(({ id, score }) => [id, score?.score])).toEqual([
      ['a', 1],
      ['c', 0],
      ['d', 2 / 3],
    ]);
    expect(byId.every((one) => !('error' in one))).toBe(true);
    server.requests.length = 0;
    expect(await listed(judgeAnswers(judge, done, questions))).toEqual([]);
    expect(server.requests).toEqual([]);
  });

  test('a judge that fails leaves the reason, and the answer; an abort ends it all', async () => {
    server.faults = always({ kind: 'status', status: 403 });
    const { judge } = judgeHere({ atOnce: 2 });
    const done = await listed(judgeAnswers(judge, asked, questions));
    expect(done.map(({ score, error, answer }) => [score, error?.code, answer === null])).toEqual(
      Array.from({ length: 3 }, () => [null, 'network', false]),
    );
    expect(done.every(({ error }) => error?.message.includes('403 Forbidden'))).toBe(true);
    expect(judge.tally().notJudged).toHaveLength(3);
    const reason = new Error('enough');
    server.faults = always({ kind: 'hang' });
    const abort = new AbortController();
    setTimeout(() => abort.abort(reason), 20);
    const slow = listed(judgeAnswers(judgeHere().judge, asked, questions, abort.signal));
    await expect(slow).rejects.toBe(reason);
  });
});

test.each([
  ['{"a": 1}', { a: 1 }],
  ['```json\n{"a": "}{"}\n```', { a: '}{' }],
  ['so {be it}: {"a": {"b": "\\"}"}}.', { a: { b: '"}' } }],
  ['{"a": 1} {"a": 2}', null],
  ['{"a": 1', null],
  ['[1]', null],
  ['', null],
])('the object in %j', (text, value) => {
  expect(objectIn(text)).toEqual(value);
});

test('addresses, keys, prices and numbers that make no judge are refused, and no key is told', () => {
  const refused = (options: Partial<JudgeOptions>) => () =>
    createJudge({ url: 'https://judge.test/v1', model: 'm', ...options });
  expect(refused({ url: 'judge.test' })).toThrow('must begin with http:// or https://');
  expect(refused({ url: 'https://me:sk-1@judge.test' })).toThrow(/^(?!.*sk-1).*holds a name or password/);
  expect(refused({ model: ' ' })).toThrow('The model of the judge has no name');
  expect(refused({ key: 'sk-1\n' })).toThrow(/^(?!.*sk-1).*line ends/);
  expect(refused({ key: '' })).toThrow('empty');
  expect(refused({ price: { inputPerMillion: -1, outputPerMillion: 0 } })).toThrow('0 or more, got -1');
  expect(refused({ atOnce: 0 })).toThrow('options.atOnce');
});
