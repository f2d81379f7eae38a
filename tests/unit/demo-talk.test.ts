// Questions in turn. The engine is played: only who waits for whom matters here.

import { expect, test } from 'vitest';
import { QuestionQueue } from '../../demo/talk/question-queue.ts';
import { conversationOf, newTurn, take, type Turn } from '../../demo/talk/turn.ts';
import type { Answer } from '../../src/index.ts';

const soon = () => new Promise((done) => setTimeout(done, 1));

test('questions wait for the gate and for each other, and what is taken back is not asked', async () => {
  const asked: string[] = [];
  const ends = new Map<string, () => void>();
  const queue = new QuestionQueue<string>(async (item) => {
    asked.push(item);
    await new Promise<void>((end) => ends.set(item, end));
  });
  for (const item of ['a', 'b', 'c']) queue.add(item);
  await soon();
  expect([asked, queue.waiting]).toEqual([[], ['a', 'b', 'c']]);
  queue.open();
  await soon();
  expect(asked).toEqual(['a']);
  expect([queue.takeBack('b'), queue.takeBack('a')]).toEqual([true, false]);
  ends.get('a')?.();
  await soon();
  expect(asked).toEqual(['a', 'c']);
});

test('work between questions waits for the one under way and goes before those that wait', async () => {
  const order: string[] = [];
  let end = () => {};
  const queue = new QuestionQueue<string>(async (item) => {
    order.push(item);
    if (item === 'a') await new Promise<void>((done) => (end = done));
  });
  queue.open();
  queue.add('a');
  await soon();
  queue.add('b');
  const swapped = queue.between(() => order.push('swap'));
  const failed = queue.between(() => {
    throw new Error('no room');
  });
  await soon();
  expect(order).toEqual(['a']);
  end();
  await swapped;
  await expect(failed).rejects.toThrow('no room');
  await soon();
  expect(order).toEqual(['a', 'swap', 'b']);
  queue.close();
  queue.add('c');
  await queue.between(() => order.push('while closed'));
  expect(order.at(-1)).toBe('while closed');
});

const question = { prompt: 'Where?', media: null, keep: false, limits: {} };
function answered(id: number, continues: boolean): Turn {
  const turn = newTurn(id, question);
  const media = { kind: 'none', sizes: [], timestamps: [], durationSec: null } as const;
  take(turn, { type: 'media', media, continues });
  take(turn, { type: 'text', text: 'Here' });
  take(turn, { type: 'point', point: { x: 1, y: 2, id: 1, label: '' } });
  take(turn, { type: 'done', answer: { text: 'Here.' } as Answer });
  return turn;
}

test('a turn has what was told of it, and forgets early points for the final ones', () => {
  const turn = answered(1, false);
  expect(turn).toMatchObject({ state: 'answered', text: 'Here.', answer: { text: 'Here.' } });
  expect(turn.events.map(({ type }) => type)).toEqual(['media', 'done']);
});

test('a conversation begins with the last turn that began anew', () => {
  const turns = [answered(1, false), answered(2, false), answered(3, true), answered(4, true)];
  const ids = (last: number) => conversationOf(turns, turns[last - 1] ?? turns[0]!).map(({ id }) => id);
  expect([ids(1), ids(2), ids(4)]).toEqual([[1], [2], [2, 3, 4]]);
});
