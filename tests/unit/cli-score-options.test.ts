import { expect, test } from 'vitest';
import { UsageError } from '../../cli/failure.ts';
import { scoreHelp } from '../../cli/score-help.ts';
import { scoreOptions } from '../../cli/score-options.ts';

const answered = ['--answer', '2', 'How many?'];

test('every option of a score arrives where it belongs', () => {
  const args = ['--model', 'dir', '--image', 'a.png', '--style', 'vqa2', '--kv', 'f32', '--answer', 'two', '--end',
    '--weighting', 'length', '--branches', '3', '--json', 'How many?']; // prettier-ignore
  expect(scoreOptions(args)).toEqual({
    model: 'dir',
    input: { prompt: 'How many?', images: ['a.png'], style: 'vqa2' },
    subtitlesFile: null,
    messagesFile: null,
    answer: 'two',
    options: { kv: 'f32', end: true, weighting: 'length', branches: 3 },
    json: true,
  });
  const ids = scoreOptions(['--answer-ids', '5, 6', '--weighting', '0.5', 'How many?']);
  expect([ids.answer, ids.options]).toEqual([[5, 6], { weighting: 0.5 }]);
  expect(scoreOptions(answered)).toMatchObject({ model: 'shapes', answer: '2', options: {}, json: false });
});

test.each<[string, string[], string]>([
  ['no answer', ['How many?'], 'There is no answer to score'],
  ['two answers', ['--answer-ids', '5', ...answered], '--answer and --answer-ids exclude each other'],
  ['an id that is no integer', ['--answer-ids', '5,x', 'q'], 'number 2 is "x"'],
  ['an unknown weighting', ['--weighting', 'root', ...answered], '--weighting must be length, pointing'],
  ['no branches', ['--branches', '0', ...answered], '--branches must be an integer of 1 or more'],
  ['what ask refuses', ['--max-frames', '4', ...answered], '--max-frames needs --video'],
  ['an option of ask', ['--temperature', '1', ...answered], 'Unknown option --temperature'],
])('refuses %s', (_, args, message) => {
  expect(() => scoreOptions(args)).toThrow(UsageError);
  expect(() => scoreOptions(args)).toThrow(message);
});

test('the help names only options that exist', () => {
  for (const [flag] of scoreHelp.matchAll(/--[a-z][a-z-]*/g)) {
    const known = (() => {
      try {
        return scoreOptions([flag, '1', ...answered]);
      } catch (error) {
        return (error as Error).message;
      }
    })();
    expect(known, flag).not.toContain('Unknown option');
  }
});
