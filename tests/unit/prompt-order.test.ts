import { expect, test } from 'vitest';
import { promptOrder } from '../../src/decoder/prompt-order.ts';
import { causalOrBothImage } from '../reference/attention.ts';

/** One prompt behind `cached` tokens, and where the second run of what its rows see begins. */
function orderOf(isImage: Uint8Array, cached: number) {
  const order = promptOrder([{ isImage, prefix: cached, start: cached }]);
  return { ...order, secondStart: order.spans[0]!.secondStart + order.spans[0]!.firstSlot };
}

/** Two frames between words: text, frame, time, frame, question. */
const video = Uint8Array.of(0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0);

const prompts: [string, Uint8Array, number][] = [
  ['a video', video, 0],
  ['text alone', new Uint8Array(5), 0],
  ['one image token', Uint8Array.of(1), 0],
  ['images alone', Uint8Array.of(1, 1, 1), 0],
  ['a question behind a conversation', new Uint8Array(4), 7],
  ['an image that text follows', Uint8Array.of(1, 1, 0), 0],
  ['an image behind text', Uint8Array.of(0, 1, 1), 0],
];

test.each(prompts)('rows and tokens of %s are each other’s inverse', (_, isImage, cached) => {
  const { tokens, rows, places } = orderOf(isImage, cached);
  expect(Array.from(rows, (row) => tokens[row])).toEqual(Array.from(isImage.keys()));
  expect(Array.from(tokens, (token) => rows[token])).toEqual(Array.from(isImage.keys()));
  const wanted = Array.from(tokens, (token, row) => [token + cached, cached + row]);
  expect(Array.from(places)).toEqual(wanted.flat());
});

test.each(prompts)('in %s the two runs of every row are what the mask allows', (_, isImage, cached) => {
  const { tokens, visible, secondStart } = orderOf(isImage, cached);
  const T = isImage.length;
  // By position: the conversation so far is text.
  const flags = [...new Uint8Array(cached), ...isImage];
  const positions = Array.from({ length: T }, (_, t) => cached + t);
  const sees = causalOrBothImage(positions, flags);
  for (let row = 0; row < T; row++) {
    const [first = 0, second = 0] = visible.subarray(2 * row);
    const token = tokens[row] ?? 0;
    for (let slot = 0; slot < cached + T; slot++) {
      const inRuns = slot < first || (slot >= secondStart && slot < second);
      const key = slot < cached ? slot : cached + (tokens[slot - cached] ?? 0);
      expect(inRuns, `row ${row}, slot ${slot}`).toBe(sees(token, key));
    }
  }
});

test('image rows see one unbroken run, and rows of a kind see no less than the row before', () => {
  const { visible, secondStart } = orderOf(video, 0);
  const firsts = Array.from({ length: 12 }, (_, row) => visible[2 * row]);
  const seconds = Array.from({ length: 12 }, (_, row) => visible[2 * row + 1]);
  expect(secondStart).toBe(6);
  expect(firsts).toEqual([6, 6, 6, 6, 6, 6, 0, 0, 3, 6, 6, 6]);
  expect(seconds).toEqual([8, 8, 8, 9, 9, 9, 7, 8, 9, 10, 11, 12]);
});

test('prompts that go together keep positions, slots and sights of their own', () => {
  // A picture with a question in slots 6 to 17, and two questions behind the first four slots.
  const prompts = [
    { isImage: video, prefix: 0, start: 6 },
    { isImage: new Uint8Array(3), prefix: 4, start: 20 },
    { isImage: new Uint8Array(2), prefix: 4, start: 30 },
  ];
  const order = promptOrder(prompts);
  expect(order.slots).toBe(32);
  expect(order.spans.map(({ firstRow, rows }) => [firstRow, rows])).toEqual([
    [0, 12],
    [12, 3],
    [15, 2],
  ]);
  let token = 0;
  prompts.forEach(({ isImage, prefix, start }, i) => {
    const { firstSlot, secondStart, keys } = order.spans[i]!;
    const alone = orderOf(isImage, 0);
    for (const own of isImage.keys()) {
      const row = order.rows[token + own]!;
      expect(order.tokens[row]).toBe(token + own);
      const slot = start + alone.rows[own]!;
      expect([...order.places.subarray(2 * row, 2 * row + 2)]).toEqual([prefix + own, slot]);
      const [first = 0, second = 0] = order.visible.subarray(2 * row);
      expect(second).toBeLessThanOrEqual(keys);
      for (let key = 0; key < order.slots; key++) {
        const at = key - firstSlot;
        const inRuns = at >= 0 && (at < first || (at >= secondStart && at < second));
        const of = alone.tokens[key - start];
        const isOwn = of !== undefined && (of <= own || (isImage[own] === 1 && isImage[of] === 1));
        expect(inRuns, `prompt ${i}, token ${own}, slot ${key}`).toBe(key < prefix || isOwn);
      }
    }
    token += isImage.length;
  });
});
