// The options of a question: what they are without a word, and what is refused.

import { expect, test } from 'vitest';
import type { AskOptions } from '../../src/api.ts';
import { askSettings, checkBias } from '../../src/engine/answer/settings.ts';

test('nothing asked for is greedy, unchanged logits, and no log probabilities', () => {
  expect(askSettings({})).toEqual({
    maxNewTokens: 2048,
    sampling: { temperature: 0, topK: Infinity, topP: 1, minP: 0 },
    seed: 0,
    stop: [],
    logprobs: null,
    expect: null,
    kv: null,
    exact: false,
    logitBias: new Map(),
    penalties: { repetition: 1, frequency: 0, presence: 0 },
  });
  expect(askSettings({ stop: 'END', logitBias: { 5: -100 } })).toMatchObject({
    stop: ['END'],
    logitBias: new Map([[5, -100]]),
  });
});

test.each<[unknown, RegExp]>([
  [{ minP: 1.5 }, /^options\.minP must be from 0 to 1, got 1\.5\.$/],
  [{ minP: NaN }, /^options\.minP/],
  [{ repetitionPenalty: 0 }, /^options\.repetitionPenalty must be above 0, got 0\.$/],
  [{ frequencyPenalty: 2.1 }, /^options\.frequencyPenalty must be from -2 to 2, got 2\.1\.$/],
  [{ presencePenalty: -3 }, /^options\.presencePenalty must be from -2 to 2/],
  [{ presencePenalty: '1' }, /^options\.presencePenalty/],
  [{ logprobs: 21 }, /^options\.logprobs must be an integer from 0 to 20, got 21\.$/],
  [{ logprobs: true }, /^options\.logprobs/],
  [{ logitBias: { cat: 1 } }, /^options\.logitBias must be an object whose keys are token ids, got the key "cat"\.$/],
  [{ logitBias: { 7: 101 } }, /^options\.logitBias\[7\] must be from -100 to 100, got 101\.$/],
  [{ logitBias: { 7: NaN } }, /^options\.logitBias\[7\]/],
])('%o is a RangeError that names the option', (options, message) => {
  expect(() => askSettings(options as AskOptions)).toThrow(RangeError);
  expect(() => askSettings(options as AskOptions)).toThrow(message);
}); // prettier-ignore

test.each<[unknown, RegExp]>([
  [{ stop: '' }, /^options\.stop must be strings of at least one character; number 1 is ""\.$/],
  [{ stop: ['a', 5] }, /number 2 is 5\.$/],
  [{ stop: 5 }, /^options\.stop must be a string or a list of strings, got number\.$/],
  [{ logitBias: [[7, 1]] }, /^options\.logitBias must be an object of token ids/],
  [{ logitBias: null }, /^options\.logitBias must be an object of token ids .*got null\.$/],
])('%o is a TypeError that names the option', (options, message) => {
  expect(() => askSettings(options as AskOptions)).toThrow(TypeError);
  expect(() => askSettings(options as AskOptions)).toThrow(message);
});

test('a bias for an id that has no logits is refused with the ids that have', () => {
  const settings = askSettings({ logitBias: { 640: 1 } });
  expect(() => checkBias(settings, 641)).not.toThrow();
  expect(() => checkBias(settings, 640)).toThrow(
    new RangeError('options.logitBias must be an object of token ids from 0 to 639, got the id 640.'),
  );
});
