import { expect, test } from 'vitest';
import { promptOrder } from '../../src/decoder/prompt-order.ts';
import { causalOrBothImage } from '../reference/attention.ts';

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
  const { tokens, rows, positions } = promptOrder(isImage, cached);
  expect(Array.from(rows, (row) => tokens[row])).toEqual(Array.from(isImage.keys()));
  expect(Array.from(tokens, (token) => rows[token])).toEqual(Array.from(isImage.keys()));
  expect(Array.from(positions)).toEqual(Array.from(tokens, (token) => token + cached));
});

test.each(prompts)('in %s the two runs of every row are what the mask allows', (_, isImage, cached) => {
  const { tokens, visible, secondStart } = promptOrder(isImage, cached);
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
  const { visible, secondStart } = promptOrder(video, 0);
  const firsts = Array.from({ length: 12 }, (_, row) => visible[2 * row]);
  const seconds = Array.from({ length: 12 }, (_, row) => visible[2 * row + 1]);
  expect(secondStart).toBe(6);
  expect(firsts).toEqual([6, 6, 6, 6, 6, 6, 0, 0, 3, 6, 6, 6]);
  expect(seconds).toEqual([8, 8, 8, 9, 9, 9, 7, 8, 9, 10, 11, 12]);
});
