import { expect, test } from 'vitest';
import { comparedDocument } from '../../demo/talk/compared-document.ts';
import { likelyComparison } from '../../demo/talk/comparison.ts';
import { newTurn, take, type Turn } from '../../demo/talk/turn.ts';
import type { Answer, MediaInfo, Point } from '../../src/index.ts';

const media: MediaInfo = {
  kind: 'images',
  sizes: [{ width: 100, height: 50 }],
  timestamps: [],
  durationSec: null,
};
const point = (label: string, x: number): Point => ({ x, y: 5, id: 1, label, image: 1 });

function answered(id: number, prompt: string, points: readonly Point[]): Turn {
  const turn = newTurn(id, { prompt, media: null, keep: false, limits: {} });
  take(turn, { type: 'media', media, continues: false });
  const usage = { promptTokens: 1, visionTokens: 1, visionCrops: 1, newTokens: 1 };
  const timings = { loadMs: 0, mediaMs: 0, visionMs: 0, prefillMs: 0, decodeMs: 0, totalMs: 0 };
  const answer: Answer = { text: prompt, tokenIds: [], finishReason: 'stop', points, tracks: [], count: null, usage, timings }; // prettier-ignore
  take(turn, { type: 'done', answer });
  return turn;
}

const first = answered(1, 'Stars?', [point('star', 10)]);
const waiting = newTurn(2, { prompt: 'Later?', media: null, keep: false, limits: {} });
const second = answered(3, 'Circles?', [point('circle', 20)]);
const third = answered(4, 'Squares?', []);

test('a comparison begins with the turn that is shown and the last other one that has an answer', () => {
  const all = [first, waiting, second, third];
  expect(likelyComparison(all, first)).toEqual([first, third]);
  expect(likelyComparison(all, third)).toEqual([second, third]);
  expect(likelyComparison(all, waiting)).toEqual([second, third]);
  expect(likelyComparison([first, waiting], first)).toBeNull();
  expect(likelyComparison([], null)).toBeNull();
});

test('what is compared is one document: objects in the colours of their answers, with ids of their own', () => {
  const document = comparedDocument([
    { turn: first, color: '#d01667', isVisible: true },
    { turn: waiting, color: '#3567ff', isVisible: true },
    { turn: second, color: '#660000', isVisible: false },
  ]);
  expect(document?.asked.map(({ prompt }) => prompt)).toEqual(['Stars?', 'Circles?']);
  expect(document?.objects.map(({ id, label, color, visible }) => [id, label, color, visible])).toEqual([
    [1, 'star', '#d01667', true],
    [2, 'circle', '#660000', false],
  ]);
  expect(comparedDocument([{ turn: waiting, color: '', isVisible: true }])).toBeNull();
  expect(comparedDocument([])).toBeNull();
});
