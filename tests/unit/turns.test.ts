import { expect, test } from 'vitest';
import { Turns } from '../../src/worker/turns.ts';

const never = new AbortController().signal;

/** Work that is done when the test says so, and notes that it has begun. */
function recorder() {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const work = (name: string) => () => {
    begun.push(name);
    return new Promise<void>((resolve) => ends.set(name, resolve));
  };
  const end = async (name: string) => {
    ends.get(name)?.();
    for (let i = 0; i < 5; i++) await Promise.resolve();
  };
  return { begun, work, end };
}

test('those who wait take turns, whoever asked how much before', async () => {
  const turns = new Turns();
  const { begun, work, end } = recorder();
  const [a, b, c] = [{}, {}, {}];
  for (const name of ['a1', 'a2', 'a3']) void turns.inTurn(a, work(name), never);
  for (const name of ['b1', 'b2']) void turns.inTurn(b, work(name), never);
  void turns.inTurn(c, work('c1'), never);
  await Promise.resolve();
  expect(begun).toEqual(['a1']); // one at a time
  for (const name of ['a1', 'b1', 'c1', 'a2', 'b2', 'a3']) await end(name);
  expect(begun).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
});

test('work that fails leaves the turn to the next, and work that is aborted while it waits rejects at once', async () => {
  const turns = new Turns();
  const { begun, work, end } = recorder();
  const [a, b] = [{}, {}];
  const first = turns.inTurn(a, work('a1'), never);
  const stop = new AbortController();
  const aborted = turns.inTurn(b, work('b1'), stop.signal);
  const failing = turns.inTurn(a, () => Promise.reject(new Error('broken')), never);
  const last = turns.inTurn(b, work('b2'), never);
  stop.abort(new Error('enough'));
  await expect(aborted).rejects.toThrow('enough');
  await expect(turns.inTurn(b, work('b3'), stop.signal)).rejects.toThrow('enough');
  await end('a1');
  await first;
  await end('b2');
  await expect(failing).rejects.toThrow('broken');
  await last;
  expect(begun).toEqual(['a1', 'b2']);
});
