import { expect, test } from 'vitest';
import { planLines } from '../../cli/plan-lines.ts';
import { windowLine, windowsLine } from '../../cli/window-lines.ts';
import type { QuestionPlan, WindowsAnswer } from '../../src/index.ts';

const plan: QuestionPlan = {
  verdict: 'fits',
  message: 'Fits: all of it.',
  steps: [],
  media: { kind: 'video', sizes: [{ width: 64, height: 48 }], timestamps: [1, 1.5, 2], durationSec: 3 },
  crops: 3,
  promptTokens: 90,
  visionTokens: 48,
  answerTokens: 2048,
  kv: 'f16',
  memory: { weights: 5e6, keysAndValues: 2.5e6, working: 7e6, keptFeatures: 0, chats: 1e6, total: 15.5e6 },
  seconds: { media: 0.1, vision: 2, prefill: 0.25, firstToken: 2.35, token: 0.0084 },
};

test('a plan is a line for each thing that it says', () => {
  expect(planLines(plan).split('\n')).toEqual([
    'Fits: all of it.',
    'frames          3, from 1.00 s to 2.00 s',
    'prompt          90 tokens, 48 of them of pictures',
    'answer          room for 2048 tokens',
    'weights         5.0 MB',
    'keys and values 2.5 MB in f16',
    'working memory  7.0 MB',
    'kept features   0.0 MB',
    'all together    15.5 MB',
    'first token     after 2.4 s (media 100 ms, vision 2.0 s, prefill 250 ms)',
    'each token      8 ms',
    '',
  ]);
});

test('pictures are told by their sizes, and what does not fit has no seconds', () => {
  const sizes = [
    { width: 10, height: 20 },
    { width: 30, height: 40 },
  ];
  const pictures = { kind: 'images', sizes, timestamps: [], durationSec: null } as const;
  const lines = planLines({ ...plan, media: pictures, crops: 11, seconds: null });
  expect(lines).toContain('\npictures        10 x 20, 30 x 40: 11 crops\n');
  expect(lines).toMatch(/all together .* MB\n$/);
});

test('windows are a line each, and one of all together', () => {
  const window = { index: 1, total: 3, startSec: 2, endSec: 5 };
  expect(windowLine(window, 'A dog.')).toBe('[2.0 - 5.0 s] A dog.\n');
  const said = { ...window, text: '', finishReason: 'stop', count: null } as const;
  const answer: WindowsAnswer = {
    points: [],
    tracks: [{ id: 1, label: 'dog', points: [] }],
    count: 1,
    windows: [said, said],
    usage: { promptTokens: 0, visionTokens: 0, visionCrops: 0, newTokens: 0 },
    timings: { loadMs: 0, mediaMs: 0, visionMs: 0, prefillMs: 0, decodeMs: 0, totalMs: 1234 },
  };
  expect(windowsLine(answer)).toBe('2 windows in 1.2 s: 1 track after joining');
  expect(windowsLine({ ...answer, tracks: [], windows: [said] })).toBe('1 window in 1.2 s');
});
