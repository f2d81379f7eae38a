import { expect, test } from 'vitest';
import { answerParts } from '../../demo/answer/answer-parts.ts';

const counted = 'Counting the <points coords="1 1 173 633 2 649 154">red cup</points> shows a total of 2.';

test('a tag becomes marks with its label and the number of its objects', () => {
  expect(answerParts(counted)).toEqual([
    { type: 'text', text: 'Counting the ' },
    { type: 'marks', tag: 'points', label: 'red cup', objects: 2, complete: true },
    { type: 'text', text: ' shows a total of 2.' },
  ]);
});

test('a track counts its objects once, however many steps they have', () => {
  const text = '<tracks coords="0.0 1 635 522;0.5 1 606 490 2 511 124">dog</tracks>';
  expect(answerParts(text)).toMatchObject([{ tag: 'tracks', label: 'dog', objects: 2, complete: true }]);
});

test('every prefix of an answer shows no piece of a tag', () => {
  for (let length = 0; length <= counted.length; length++) {
    const parts = answerParts(counted.slice(0, length));
    const text = parts.map((p) => (p.type === 'text' ? p.text : '')).join('');
    expect(text, `after ${length} characters`).not.toMatch(/[<>]|coords|173/);
    expect(parts.filter((p) => p.type === 'marks').length).toBeLessThanOrEqual(1);
  }
});

test('the objects and the label of a tag grow while it streams', () => {
  expect(answerParts('<points coords="1 1 173 633 2 6')).toEqual([
    { type: 'marks', tag: 'points', label: '', objects: 1, complete: false },
  ]);
  expect(answerParts('<points coords="1 1 173 633">red c')).toMatchObject([
    { label: 'red c', complete: false },
  ]);
});

test('older forms with attributes are marks as well', () => {
  expect(answerParts('<point x="10.0" y="20.0" alt="cat">cat</point>')).toMatchObject([
    { label: 'cat', objects: 1 },
  ]);
  expect(answerParts('<points coords="1 1 512 256"/> there')).toMatchObject([
    { label: '', objects: 1, complete: true },
    { text: ' there' },
  ]);
});

test('other angle brackets stay text', () => {
  expect(answerParts('1 < 2 and <b>bold</b>')).toEqual([{ type: 'text', text: '1 < 2 and <b>bold</b>' }]);
});
