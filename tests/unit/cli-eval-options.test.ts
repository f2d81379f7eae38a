import { describe, expect, test } from 'vitest';
import { cellName, fileWords } from '../../cli/eval/cell-names.ts';
import { change, fixed, table } from '../../cli/eval/table.ts';
import { evalHelp } from '../../cli/eval-help.ts';
import { evalOptions } from '../../cli/eval-options.ts';
import { UsageError } from '../../cli/failure.ts';
import { questionKinds, scoredKinds } from '../../eval/run/question-set.ts';

describe('the options of eval', () => {
  test('files of questions, and how to ask', () => {
    const args = ['a.json', '--format', 'coco', '--media', 'pictures', '--fps', '25', 'b', '--kinds', 'points,count',
      '--limit', '9', '--model', 'dir', '--max-new-tokens', '5', '--max-crops', '24', '--max-frames', '8',
      '--max-fps', '1', '--out', 'runs', '--json']; // prettier-ignore
    expect(evalOptions(args)).toEqual({
      kind: 'run',
      task: {
        about: { kind: 'files', paths: ['a.json', 'b'], format: 'coco', mediaFolder: 'pictures', fps: 25 },
        kinds: ['points', 'count'],
        limit: 9,
        cells: [{ model: 'dir', maxNewTokens: 5, maxCrops: 24, maxFrames: 8, maxFps: 1 }],
        judge: null,
        outFolder: 'runs',
        json: true,
      },
    });
  });

  test('scenes of several seeds, in every combination, those that load alike side by side', () => {
    const args = [
      '--scenes',
      '40',
      '--seed',
      '7,8',
      '--questions',
      '1',
      '--weights',
      'f16,q4',
      '--kv',
      'f16,int8',
    ];
    const model = 'shapes';
    expect(evalOptions(args)).toEqual({
      kind: 'run',
      task: {
        about: { kind: 'scenes', sets: [7, 8].map((seed) => ({ scenes: 40, seed, questions: 1 })) },
        kinds: scoredKinds,
        cells: [
          { model, weights: 'f16', kv: 'f16' },
          { model, weights: 'f16', kv: 'int8' },
          { model, weights: 'q4', kv: 'f16' },
          { model, weights: 'q4', kv: 'int8' },
        ],
        judge: null,
        outFolder: null,
        json: false,
      },
    });
  });

  test('a judge, whose captions are asked for as well', () => {
    const judge = ['--judge', 'http://localhost:8000/v1', '--judge-model', 'big'];
    const task = { url: 'http://localhost:8000/v1', model: 'big', keyVariable: null, price: null };
    expect(evalOptions(['a.json', ...judge])).toMatchObject({ task: { kinds: questionKinds, judge: task } });
    const paid = ['--judge-key-env', 'KEY', '--judge-price', '2,8.5', '--kinds', 'caption'];
    const price = { inputPerMillion: 2, outputPerMillion: 8.5 };
    expect(evalOptions(['a.json', ...judge, ...paid])).toMatchObject({
      task: { kinds: ['caption'], judge: { ...task, keyVariable: 'KEY', price } },
    });
  });

  test('follow-ups', () => {
    const sets = [{ scenes: 40, seed: 7 }];
    const settings = { model: 'shapes', weights: 'q4' };
    expect(
      evalOptions(['--scenes', '40', '--seed', '7', '--follow-ups', '--weights', 'q4', '--json']),
    ).toEqual({ kind: 'follow-ups', task: { sets, settings, json: true } });
  });

  test('a comparison', () => {
    const task = { before: 'a', after: 'b', limit: 20, outFolder: null, json: false };
    expect(evalOptions(['--compare', 'a', 'b'])).toEqual({ kind: 'compare', task });
    expect(evalOptions(['--json', '--compare', 'a', 'b', '--limit', '3', '--out', 'dir'])).toEqual({
      kind: 'compare',
      task: { ...task, limit: 3, outFolder: 'dir', json: true },
    });
  });

  test.each<[string, string[], string]>([
    ['nothing to ask', [], 'There is nothing to ask'],
    ['scenes and a file', ['--scenes', '4', 'a.json'], 'there is also "a.json"'],
    ['a seed without scenes', ['a.json', '--seed', '7'], '--seed is about scenes'],
    ['a format of scenes', ['--scenes', '4', '--format', 'csv'], '--format is about files'],
    ['no scenes', ['--scenes', '0'], '--scenes must be an integer of 1 or more'],
    ['a seed twice', ['--scenes', '4', '--seed', '7,7'], '--seed names 7 twice'],
    ['an unknown format', ['a.json', '--format', 'xml'], '--format must be one of json'],
    ['unknown weights', ['a.json', '--weights', 'f32,q2'], '--weights must be of f32, f16, q8, q4'],
    ['weights twice', ['a.json', '--weights', 'f32,f32'], '--weights names f32 twice'],
    ['a judge without a model', ['a.json', '--judge', 'http://x'], '--judge needs a model'],
    ['a model without a judge', ['a.json', '--judge-model', 'x'], '--judge-model is about a judge'],
    [
      'one price',
      ['a.json', '--judge', 'http://x', '--judge-model', 'm', '--judge-price', '2'],
      'got 1 numbers',
    ],
    ['follow-ups of a file', ['a.json', '--follow-ups'], '--follow-ups asks about scenes'],
    [
      'follow-ups of some kinds',
      ['--scenes', '4', '--follow-ups', '--kinds', 'points'],
      '--kinds means nothing',
    ],
    [
      'follow-ups in two ways',
      ['--scenes', '4', '--follow-ups', '--kv', 'f32,f16'],
      'give --weights, --kernels',
    ],
    ['one run to compare', ['--compare', 'a'], '--compare takes two files of runs, got 1'],
    ['three runs', ['--compare', 'a', 'b', 'c'], 'got 3'],
    ['a model to compare with', ['--compare', 'a', 'b', '--model', 'dir'], '--model means nothing'],
  ])('refuse %s', (_, args, message) => {
    expect(() => evalOptions(args)).toThrow(UsageError);
    expect(() => evalOptions(args)).toThrow(message);
  });

  test('the help names only options that exist', () => {
    for (const [flag] of evalHelp.matchAll(/--[a-z][a-z-]*/g))
      expect(() => {
        try {
          evalOptions([flag, '1', 'a.json']);
        } catch (error) {
          if (String(error).includes('Unknown option')) throw error;
        }
      }, flag).not.toThrow();
  });
});

test('cells and files have names that no file system minds', () => {
  expect(cellName({ model: 'shapes' })).toBe('as loaded');
  expect(cellName({ model: 'm', weights: 'q4', kv: 'int8', kernels: 'f16' })).toBe(
    'q4, kv int8, f16 kernels',
  );
  expect(fileWords(['a b', 'A/b', '..', 'été 1.json', '.'])).toEqual([
    'a-b',
    'A-b-2',
    'set',
    'été-1.json',
    'set-2',
  ]);
});

test('columns are aligned, and numbers that round to nothing have no sign', () => {
  expect(table([['', 'n'], ['points', '10'], ['all', '9']])).toBe('         n\npoints  10\nall      9\n'); // prettier-ignore
  expect([fixed(-0.0001), fixed(-0.5, 0), fixed(-1.25, 1)]).toEqual(['0.000', '-1', '-1.3']);
  expect(change({ value: 0.0001, low: -0.01, high: 0.02 })).toBe('0.000 (-0.010 to +0.020)');
});
