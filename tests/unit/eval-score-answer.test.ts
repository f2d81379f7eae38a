import { describe, expect, test } from 'vitest';
import { scoreAnswer } from '../../eval/score-answer.ts';
import type { Question, QuestionMedia, Reference } from '../../eval/question.ts';

const picture: QuestionMedia = { kind: 'images', images: [{ source: 'a.png', width: 640, height: 480 }] };
const video: QuestionMedia = { kind: 'video', video: 'a.mp4', width: 200, height: 100, durationSec: 10 };

function question(media: QuestionMedia, reference: Reference): Question {
  return { id: 'q1', media, prompt: 'Where?', reference };
}

describe('answers as the model writes them', () => {
  test('points of a picture', () => {
    const asked = question(picture, {
      kind: 'points',
      points: [
        { image: 1, x: 64, y: 48 },
        { image: 1, x: 320, y: 240 },
      ],
    });
    // The second is 60 thousandths off to the right.
    const text = '<points coords="1 1 100 100 2 560 500">cups</points>';
    const scored = scoreAnswer(asked, text);
    expect(scored).toMatchObject({
      kind: 'points',
      score: 0.5,
      points: { hits: 1, predicted: 2, expected: 2 },
    });
    expect(scoreAnswer(asked, text, { thousandths: 60 })?.score).toBe(1);
    expect(scoreAnswer(asked, 'There are none.')?.score).toBe(0);
    expect(scoreAnswer(question(picture, { kind: 'points', points: [] }), 'There are none.')?.score).toBe(1);
  });

  test('points of several pictures', () => {
    const sizes = [
      { source: 'a.png', width: 100, height: 100 },
      { source: 'b.png', width: 200, height: 100 },
    ];
    const asked = question(
      { kind: 'images', images: sizes },
      { kind: 'points', points: [{ image: 2, x: 130, y: 15 }] },
    );
    expect(scoreAnswer(asked, '<points coords="2 1 650 150">cup</points>')?.score).toBe(1);
    expect(scoreAnswer(asked, '<points coords="1 1 650 150">cup</points>')?.score).toBe(0);
  });

  test('points of a video', () => {
    const asked = question(video, {
      kind: 'video-points',
      points: [
        { timeSec: 1, x: 100, y: 50 },
        { timeSec: 4, x: 20, y: 10 },
      ],
    });
    const text = '<points coords="1.5 1 500 500;8.0 2 100 100">shots</points>';
    // The first is within half a second, the second is four seconds late.
    expect(scoreAnswer(asked, text)).toMatchObject({ score: 0.5, points: { hits: 1 } });
    expect(scoreAnswer(asked, text, { windowSec: 4 })?.score).toBe(1);
    expect(scoreAnswer(asked, text, { windowSec: 0 })?.score).toBe(0);
  });

  test('tracks, whatever their numbers', () => {
    const asked = question(video, {
      kind: 'tracks',
      tracks: [
        {
          id: 8,
          moments: [
            { timeSec: 0, x: 20, y: 10 },
            { timeSec: 0.5, x: 40, y: 10 },
          ],
        },
        { id: 3, moments: [{ timeSec: 0.5, x: 180, y: 90 }] },
      ],
    });
    const perfect = '<tracks coords="0.0 1 100 100;0.5 1 200 100 2 900 900">dog</tracks>';
    expect(scoreAnswer(asked, perfect)?.score).toBeCloseTo(1, 12);
    // The first is called 2 in the second frame, and the other is missing: 2 of 3 found, each pair 1 of 2.
    const swapped = '<tracks coords="0.0 1 100 100;0.5 2 200 100">dog</tracks>';
    expect(scoreAnswer(asked, swapped)).toMatchObject({
      hota: { half: { matches: 2, misses: 1, falsePositives: 0, assA: 0.5 } },
      clear: { matches: 2, misses: 1, switches: 1 },
    });
    expect(scoreAnswer(asked, swapped)?.score).toBeCloseTo(Math.sqrt(1 / 3), 12); // sqrt(2/3 * 1/2)
    expect(scoreAnswer(asked, 'There are none.')?.score).toBe(0);
    const later = `${perfect.slice(0, perfect.indexOf('">'))};2.0 1 100 100">dog</tracks>`;
    expect(scoreAnswer(asked, later)?.score).toBeLessThan(1);
    expect(scoreAnswer(asked, later, { unannotated: 'ignored' })?.score).toBeCloseTo(1, 12);
  });

  test.each<[QuestionMedia, string, number | null]>([
    [picture, 'Counting the <points coords="1 1 555 169 2 649 154">cups</points> shows a total of 7.', 2],
    [picture, '7', 7],
    [picture, 'There are none.', 0],
    [video, 'Counting the <points coords="1.0 1 555 169">cups</points> shows a total of 7.', 7],
    [video, 'There are none.', 0],
    [video, "Sorry, I can't count cups.", null],
  ])('a count: %#', (media, text, predicted) => {
    const scored = scoreAnswer(question(media, { kind: 'count', count: 2 }), text);
    expect(scored).toMatchObject({ kind: 'count', count: { predicted }, score: predicted === 2 ? 1 : 0 });
  });

  test('choices and short answers; ten answers are those of annotators', () => {
    const choice = question(picture, { kind: 'choice', choices: ['red', 'blue'], right: 1 });
    expect([scoreAnswer(choice, 'B')?.score, scoreAnswer(choice, 'red')?.score]).toEqual([1, 0]);
    const short = question(picture, { kind: 'short', answers: ['2', 'a pair', 'some'] });
    expect(scoreAnswer(short, 'Two.')?.score).toBe(1);
    const annotated = question(picture, { kind: 'short', answers: [...Array(9).fill('no'), 'yes'] });
    expect(scoreAnswer(annotated, 'yes')?.score).toBeCloseTo(1 / 3, 12);
    expect(scoreAnswer(annotated, 'No!')?.score).toBe(1);
  });

  test('captions need a judge', () => {
    expect(
      scoreAnswer(question(picture, { kind: 'caption', statements: ['There is a cup.'] }), 'A cup.'),
    ).toBeNull();
  });
});

test('a reference that does not suit its media is refused, with the question named', () => {
  expect(() => scoreAnswer(question(video, { kind: 'points', points: [] }), '2')).toThrow(
    'Question "q1" has a reference of kind "points", which needs pictures, but its media are "video"',
  );
  expect(() => scoreAnswer(question(picture, { kind: 'tracks', tracks: [] }), '2')).toThrow('needs a video');
  expect(() => scoreAnswer(question({ kind: 'none' }, { kind: 'video-points', points: [] }), '')).toThrow(
    '"none"',
  );
});
