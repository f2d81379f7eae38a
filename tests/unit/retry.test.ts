import { describe, expect, test } from 'vitest';
import { backoffMs, retryAfterMs } from '../../src/net/retry.ts';
import { rangeAnswer } from '../../src/weights/fetch/range-answer.ts';
import { defaultPolicy } from '../../src/weights/fetch/retry.ts';
import { TurnQueue } from '../../src/weights/fetch/turn-queue.ts';

describe('waiting', () => {
  test.each([
    [1, 0, 250],
    [1, 1, 500],
    [2, 1, 1000],
    [6, 1, 16_000],
    [50, 0.5, 45_000],
  ])('after %i failures and with chance %d takes %i ms', (failures, chance, expected) => {
    expect(backoffMs(failures, { ...defaultPolicy, random: () => chance })).toBe(expected);
  });

  test.each([
    [null, null],
    ['120', 120_000],
    ['0', 0],
    ['1.5', 1500],
    ['soon', null],
    ['Thu, 01 Jan 1970 00:00:30 GMT', 20_000],
    ['Thu, 01 Jan 1970 00:00:01 GMT', 0],
  ])('Retry-After %o means %o ms', (header, expected) => {
    expect(retryAfterMs(header, 10_000)).toBe(expected);
  });

  test('ends at once with the reason of an abort', async () => {
    const controller = new AbortController();
    const wait = defaultPolicy.sleep(60_000, controller.signal);
    controller.abort(new Error('enough'));
    await expect(wait).rejects.toThrow('enough');
    await expect(defaultPolicy.sleep(60_000, controller.signal)).rejects.toThrow('enough');
  });
});

describe('the answer to a range request', () => {
  const answer = (status: number, headers: Record<string, string>, from = 100) =>
    rangeAnswer(new Response(null, { status, headers }), from, 1000, 0);

  test.each<[number, Record<string, string>, object]>([
    [206, { 'Content-Range': 'bytes 100-199/1000' }, { kind: 'body', from: 100 }],
    [206, { 'Content-Range': 'bytes 100-199/*' }, { kind: 'body', from: 100 }],
    [206, {}, { kind: 'body', from: 100 }],
    [206, { 'Content-Range': 'bytes 0-99/1000' }, { kind: 'wrong' }],
    [206, { 'Content-Range': 'bytes 100-199/999' }, { kind: 'wrong' }],
    [206, { 'Content-Range': 'bytes -5-9/1000' }, { kind: 'wrong' }],
    [206, { 'Content-Range': 'all of it' }, { kind: 'wrong' }],
    [200, { 'Content-Length': '1000' }, { kind: 'body', from: 0 }],
    [200, {}, { kind: 'body', from: 0 }],
    [200, { 'Content-Length': '999' }, { kind: 'wrong' }],
    [200, { 'Content-Length': '300', 'Content-Encoding': 'gzip' }, { kind: 'body', from: 0 }],
    [200, { 'Content-Type': 'text/html; charset=utf-8' }, { kind: 'missing' }],
    [404, { 'Content-Type': 'text/html' }, { kind: 'missing' }],
    [410, {}, { kind: 'missing' }],
    [416, {}, { kind: 'wrong' }],
    [429, { 'Retry-After': '3' }, { kind: 'again', waitMs: 3000 }],
    [503, {}, { kind: 'again', waitMs: null }],
    [401, {}, { kind: 'refused' }],
    [403, {}, { kind: 'refused' }],
    [400, {}, { kind: 'refused' }],
  ])('%i with %o', (status, headers, expected) => {
    expect(answer(status, headers)).toMatchObject(expected);
  });
});

test('turns do not overlap and go by number', async () => {
  const queue = new TurnQueue();
  const order: number[] = [];
  let inside = 0;
  const turn = (number: number) =>
    queue.run(number, async () => {
      expect(++inside).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 1));
      order.push(number);
      inside--;
      if (number === 4) throw new Error('four');
    });
  await Promise.allSettled([3, 5, 4, 1, 2].map(turn));
  expect(order).toEqual([3, 1, 2, 4, 5]);
});
