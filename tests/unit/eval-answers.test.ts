import { describe, expect, test } from 'vitest';
import {
  anls,
  answerIn,
  editDistance,
  exactAnswer,
  normalizeAnswer,
  relaxedAccuracy,
  vqaAccuracy,
} from '../../eval/metrics/answers.ts';
import { choiceScore, chosen } from '../../eval/metrics/choices.ts';
import { contractionOf } from '../../eval/metrics/contractions.ts';
import { randomIndices } from '../../eval/metrics/random.ts';

describe('normalisation', () => {
  test.each([
    ['  The Red\tCar.\n', 'red car'],
    ['two', '2'],
    ['None', '0'],
    ['ten a an', '10'],
    ['well-known', 'well known'], // a mark between letters becomes a blank
    ['red, green', 'red green'], // beside a blank it is taken out
    ['1,000-2,000', '10002000'], // a comma between digits takes all marks out
    ['3.5', '3.5'],
    ['3. dogs', '3 dogs'],
    ['dont', "don't"],
    ['whats thats', "what's that's"],
    ["couldnt've", "couldn't've"],
    ['its well', 'its well'], // words of their own
    ['', ''],
    ['?', ''],
  ])('%j becomes %j', (text, normal) => {
    expect(normalizeAnswer(text)).toBe(normal);
  });

  test('a contraction lacks exactly one apostrophe', () => {
    for (const [word, whole] of contractionOf) {
      expect(word).toHaveLength(whole.length - 1);
      expect(word.replaceAll("'", '')).toBe(whole.replaceAll("'", ''));
    }
    expect(contractionOf.get('wont')).toBe("won't");
    expect(contractionOf.get('oclock')).toBe("o'clock");
    expect(contractionOf.has('wed')).toBe(false);
  });

  test('normalising twice changes nothing', () => {
    const draw = randomIndices(8);
    const parts = ['a', 'the', 'two', 'cat', "don't", 'dont', ' ', ', ', '3', 'none', 'x.', '!'];
    for (let round = 0; round < 200; round++) {
      const text = Array.from({ length: 1 + draw(6) }, () => parts[draw(parts.length)]).join(' ');
      expect(normalizeAnswer(normalizeAnswer(text))).toBe(normalizeAnswer(text));
    }
  });
});

describe('short answers', () => {
  test('VQA accuracy is a third for each annotator, 1 at most', () => {
    const annotators = ['red', 'Red.', 'the red', 'red', 'dark red', 'dark red', 'maroon', 'a', 'b', 'c'];
    expect(vqaAccuracy('red', annotators)).toBe(1); // 4 of them
    expect(vqaAccuracy('dark red', annotators)).toBeCloseTo(2 / 3, 12);
    expect(vqaAccuracy('maroon', annotators)).toBeCloseTo(1 / 3, 12);
    expect(vqaAccuracy('blue', annotators)).toBe(0);
    expect(() => vqaAccuracy('red', ['red'])).toThrow('three annotators or more, got 1; use exactAnswer');
  });

  test('an exact answer is one of the accepted ones', () => {
    expect(exactAnswer('Two.', ['2', 'a pair'])).toBe(1);
    expect(exactAnswer('three', ['2', 'a pair'])).toBe(0);
    expect(exactAnswer('pair', ['2', 'a pair'])).toBe(1);
    expect(exactAnswer('anything', [])).toBe(0);
  });

  test('the answer stands behind "Answer:", else on the line that is there most often', () => {
    expect(answerIn('It is red.\nAnswer: red \n')).toBe('red');
    expect(answerIn('red\nblue\n blue ')).toBe('blue');
    expect(answerIn('red\nblue')).toBe('red');
    expect(answerIn('  a   cat ')).toBe('a cat');
    expect(answerIn('')).toBe('');
  });

  test('edit distance: kitten and sitting are 3 apart, code points count', () => {
    expect(editDistance('kitten', 'sitting')).toBe(3);
    expect(editDistance('', 'abc')).toBe(3);
    expect(editDistance('abc', '')).toBe(3);
    expect(editDistance('a😀b', 'ab')).toBe(1);
    expect(editDistance('same', 'same')).toBe(0);
  });

  test('ANLS is 1 - d / length below half, else 0', () => {
    expect(anls('Kitten', ['sitting'])).toBeCloseTo(1 - 3 / 7, 12); // 0.571
    expect(anls('ab', ['ac'])).toBe(0); // half of it is wrong
    expect(anls('ABC', ['abc', 'x'])).toBe(1);
    expect(anls('', [''])).toBe(1);
    expect(anls('', ['abc'])).toBe(0);
    expect(anls('x', [])).toBe(0);
  });

  test.each([
    ['105', '100', 1],
    ['105.1', '100', 0],
    ['95', '100', 1],
    ['5%', '0.05', 1],
    ['-2', '2', 0],
    ['0.0', '0', 0], // an expected 0 is compared as text
    ['0', '0', 1],
    ['Red', 'red', 1],
    ['2 dogs', '2', 0],
    ['', '0', 0],
  ])('relaxed: %s for %s is %d', (answer, expected, score) => {
    expect(relaxedAccuracy(answer, [expected])).toBe(score);
  });
});

describe('choices', () => {
  const choices = ['a red ball', 'blue', 'a', 'blue sky'];

  test.each([
    ['B', 1],
    ['(b)', 1],
    ['B. blue', 1],
    ['D: because', 3],
    ['c)', 2],
    ['Blue', 1],
    ['blue.', 1],
    ['A red ball', 0], // its text, although it begins with a letter
    ['a', 2], // its text comes before the letter
    ['The answer is D.', 3],
    ['Answer: (B)', 1],
    ['It is a red ball, I think', null], // "a" is another choice that is in it
    ['E', null],
    ['Bluebird', null],
    ['green', null],
    ['', null],
  ])('%j names %j', (text, index) => {
    expect(chosen(text, choices)).toBe(index);
  });

  test('a text is found inside an answer where it is the only one', () => {
    expect(chosen('I see a cat there', ['cat', 'dog'])).toBe(0);
    expect(chosen('A cat and a dog', ['cat', 'dog'])).toBeNull();
    expect(chosen('concatenate', ['cat', 'dog'])).toBeNull();
    expect(chosen('anything', [])).toBeNull();
  });

  test('only the right one is worth 1', () => {
    expect(choiceScore('B', choices, 1)).toBe(1);
    expect(choiceScore('B', choices, 0)).toBe(0);
    expect(choiceScore('no idea', choices, 0)).toBe(0);
    expect(() => choiceScore('B', choices, 4)).toThrow('number 4 (from 0), but there are 4 choices');
  });
});
