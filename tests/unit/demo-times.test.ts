import { expect, test } from 'vitest';
import { ownSuggestions } from '../../demo/talk/own-suggestions.ts';
import { timesInText } from '../../demo/talk/times-in-text.ts';

test('times that an answer names are told from its words', () => {
  expect(timesInText('It starts at 2.5 seconds, stops at 1:05.', 70)).toEqual([
    { text: 'It starts at ', timeSec: null },
    { text: '2.5 seconds', timeSec: 2.5 },
    { text: ', stops at ', timeSec: null },
    { text: '1:05', timeSec: 65 },
    { text: '.', timeSec: null },
  ]);
});

test('numbers that are no times of the video are words', () => {
  for (const text of ['There are 3 squares.', 'After 80 s.', 'In 1999s', ''])
    expect(timesInText(text, 10).filter(({ timeSec }) => timeSec !== null)).toEqual([]);
});

test('suggestions suit what is on the stage and the model that answers', () => {
  const one = [new File([], 'a.png')];
  expect(ownSuggestions({ kind: 'images', files: one }, false)).toContain('Describe this image.');
  expect(ownSuggestions({ kind: 'images', files: [...one, ...one] }, false)).toContain(
    'Describe these images.',
  );
  expect(ownSuggestions({ kind: 'video', files: one }, false)).toContain('Describe this video.');
  expect(ownSuggestions({ kind: 'video', files: one }, true)).toContain('Track the circle.');
});
