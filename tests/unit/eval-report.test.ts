import { describe, expect, test } from 'vitest';
import { maskOfPixels } from '../../eval/metrics/masks.ts';
import type { Question } from '../../eval/question.ts';
import { comparisonHtml } from '../../eval/report/comparison-html.ts';
import { markedPictures } from '../../eval/report/marks.ts';
import { maskOutline } from '../../eval/report/mask-outline.ts';
import { momentsShown, someOf } from '../../eval/report/moments-shown.ts';
import type { PictureMaker } from '../../eval/report/pictures.ts';
import { reportHtml } from '../../eval/report/report-html.ts';
import { reportJson, type ReportFile } from '../../eval/report/report-json.ts';
import { makeReport } from '../../eval/report/report.ts';
import { worstAnswers } from '../../eval/report/worst.ts';
import { compareRuns } from '../../eval/run/compare.ts';
import type { AskedQuestion, EvalRun } from '../../eval/run/run-record.ts';
import { scoreAnswer } from '../../eval/score-answer.ts';

const evil = '<img src=x onerror="alert(1)">&\'"';
const evilText = '&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;&#39;&quot;';

/** Counts 1 to 5, of which the model says 2 always. */
function counting(number: number): Question {
  return {
    id: `count ${number} ${evil}`,
    media: { kind: 'images', images: [{ source: `${number}.png`, width: 100, height: 50 }] },
    prompt: `How many? ${evil}`,
    category: number > 3 ? `many ${evil}` : 'few',
    reference: { kind: 'count', count: number },
  };
}

const twoPoints: Question = {
  id: 'points',
  media: { kind: 'images', images: [{ source: 'a.png', width: 200, height: 100 }] },
  prompt: 'Point to the cups.',
  reference: {
    kind: 'points',
    points: [
      { image: 1, x: 20, y: 10 },
      { image: 1, x: 100, y: 50 },
    ],
  },
};

function answered(question: Question, text: string, totalMs = 1000): AskedQuestion {
  const { id, prompt, category, reference } = question;
  return {
    id,
    kind: reference.kind,
    ...(category !== undefined && { category }),
    prompt,
    answer: {
      text,
      finishReason: 'stop',
      usage: { promptTokens: 100, visionTokens: 80, visionCrops: 1, newTokens: 10 },
      timings: { loadMs: 0, mediaMs: 1, visionMs: 2, prefillMs: 3, decodeMs: totalMs / 2, totalMs },
    },
    score: scoreAnswer(question, text),
  };
}

function failed({ id, prompt, reference }: Question): AskedQuestion {
  const error = { code: 'media-unreadable', message: `No picture: ${evil}` };
  return { id, kind: reference.kind, prompt, answer: null, score: null, error };
}

function run(asked: readonly AskedQuestion[], settings: Partial<EvalRun['settings']> = {}): EvalRun {
  return {
    format: 'molmo2-eval',
    version: 1,
    settings: { model: `shapes ${evil}`, ...settings },
    set: { name: `set ${evil}`, questions: asked.length, sha256: '0'.repeat(64) },
    info: {
      model: 'shapes',
      adapter: { vendor: 'maker', architecture: evil, description: '', isFallbackAdapter: true },
      parameters: 1_100_000,
      maxPositions: 4096,
      maxFrames: 8,
      maxCrops: 8,
      loadMs: 10,
      tuned: { linear: `matvec ${evil}` },
      notices: [`slow ${evil}`],
    },
    packageVersion: '0.1.0',
    startedAt: '2026-01-02T03:04:05.678Z',
    asked,
  };
}

const picture = `data:image/jpeg;base64,${'A'.repeat(4000)}`;
const maker: PictureMaker = {
  picture: () => Promise.resolve(picture),
  frames: (_, times) => Promise.resolve(times.map(() => picture)),
};

const questions = [...[1, 2, 3, 4, 5].map(counting), twoPoints];
const first = run([
  ...questions.slice(0, 4).map((question) => answered(question, '2')),
  failed(counting(5)),
  // The second reference is missed, and one point lies on nothing.
  answered(twoPoints, '<points coords="1 1 100 100 2 900 900">cups</points>', 3000),
]);
const report = await makeReport([first], { questionsOf: () => questions, pictures: maker });
const html = reportHtml(report);

describe('the page', () => {
  test('asks for nothing and runs nothing', () => {
    const shown = html.replaceAll(/data:image\/jpeg;base64,A+/g, 'picture');
    expect(shown).not.toMatch(/https?:|<script|<link|<img|@import|url\(|src=(?!x)|href="(?!picture")/);
    expect(shown).toContain("default-src 'none'");
  });

  test('shows every text as text', () => {
    expect(html).not.toContain('<img');
    // Set, model, adapter, kernel, notice, category, prompts, ids and messages.
    expect(html.split(evilText).length - 1).toBeGreaterThan(12);
  });

  test('tells scores with intervals, speed and what failed', () => {
    // One of five counts is right; points found one of two with two.
    expect(html).toMatch(/<strong>0\.250<\/strong>/);
    expect(html).toMatch(/<strong>0\.200 \(0\.000 to 0\.\d{3}\)<\/strong>/);
    expect(html).toContain('1 question without an answer, each of which counts as 0.');
    expect(html).toContain('media-unreadable');
    expect(html).toMatch(
      /<th scope="row">All<\/th><td>5<\/td><td>0\.250<\/td><td>1\.00 s<\/td><td>2\.60 s<\/td>/,
    );
  });

  test('draws rings for the reference, dots for the answer, and tells found from missed', () => {
    const example = /<article>\s*<h3>Point to the cups\.<\/h3>[^]*?<\/article>/.exec(html)?.[0] ?? '';
    expect(example).toContain('viewBox="0 0 200 100"');
    expect(example).toContain(
      'aria-label="Picture 1; 2 references, 1 missed; 2 marks of the answer, 1 wrong"',
    );
    expect(example).toMatch(/<circle cx="20" cy="10" r="5" class="right"\/>/);
    expect(example).toMatch(/<circle cx="100" cy="50" r="5" class="right missed"\/>/);
    expect(example).toMatch(/<circle cx="20" cy="10" r="2\.5" fill="#d01667"\/>/);
    expect(example).toMatch(/<circle cx="180" cy="90" r="2\.5" fill="#d01667"\/><path class="cross"/);
    expect(example).toContain('Found 1 of 2; 1 point of 2 on nothing.');
  });
});

describe('what is shown', () => {
  test('pictures stay within their bytes, and say so where they end', async () => {
    const small = await makeReport([first], {
      questionsOf: () => questions,
      pictures: maker,
      pictureBytes: 9000,
    });
    const [{ examples } = { examples: [] }] = small.runs;
    expect(examples).toHaveLength(4);
    expect(examples.filter(({ shown }) => shown.pictures[0]?.url)).toHaveLength(2);
    expect(reportHtml(small)).toContain('Left out, so that the report stays small.');
    expect(reportHtml(small).length).toBeLessThan(60_000);
  });

  test('a medium that cannot be read and what is no picture are told in place of the picture', async () => {
    const broken: PictureMaker = { ...maker, picture: () => Promise.reject(new Error(`gone ${evil}`)) };
    const told = reportHtml(await makeReport([first], { questionsOf: () => questions, pictures: broken }));
    expect(told).toContain(`gone ${evilText}`);
    const other: PictureMaker = { ...maker, picture: () => Promise.resolve('https://example.org/a.png') };
    expect(
      reportHtml(await makeReport([first], { questionsOf: () => questions, pictures: other })),
    ).not.toContain('<image');
  });

  test('the worst of each kind come in turn, the worst first, and none that is right', () => {
    const asked = [1, 2, 3, 4].map((number) => answered(counting(number), '2'));
    const points = answered(twoPoints, '<points coords="1 1 100 100 2 900 900">cups</points>');
    const ids = worstAnswers([...asked, points], 3).map(({ id }) => id);
    expect(ids).toEqual([counting(1).id, counting(3).id, 'points']);
    expect(worstAnswers(asked, 10)).toHaveLength(3);
  });

  test('without questions there are texts and no pictures', async () => {
    const bare = await makeReport([first], { questionsOf: () => null, pictures: null });
    expect(reportHtml(bare)).toContain('Says 2; right is 1.');
    expect(reportHtml(bare)).not.toContain('<figure>');
  });
});

describe('marks', () => {
  const video = { kind: 'video', video: 'a.mp4', width: 100, height: 100, durationSec: 8 } as const;

  test('a video shows the moments that are marked, and each mark at its own', () => {
    const question: Question = {
      id: 'v',
      media: video,
      prompt: 'When?',
      reference: { kind: 'video-points', points: [{ timeSec: 1, x: 10, y: 10 }] },
    };
    const { pictures, outOf } = markedPictures(
      question,
      '<points coords="1.2 1 100 100;6.0 2 500 500">x</points>',
    );
    expect(outOf).toBe(3);
    expect(pictures.map(({ place, marks }) => [place, marks])).toEqual([
      [{ kind: 'moment', timeSec: 1 }, [{ what: 'reference', isFound: true, x: 10, y: 10 }]],
      [{ kind: 'moment', timeSec: 1.2 }, [{ what: 'answer', isHit: true, x: 10, y: 10 }]],
      [{ kind: 'moment', timeSec: 6 }, [{ what: 'answer', isHit: false, x: 50, y: 50 }]],
    ]);
  });

  test('tracks are ways over sampled frames, with both places in each', () => {
    const frames = { frames: ['0.png', '1.png', '2.png'], timestamps: [0, 0.5, 1] };
    const moments = frames.timestamps.map((timeSec) => ({ timeSec, x: 100 * timeSec, y: 50 }));
    const question: Question = {
      id: 't',
      media: { ...video, video: frames, durationSec: 1 },
      prompt: 'Track it.',
      reference: { kind: 'tracks', tracks: [{ id: 7, moments }] },
    };
    const { pictures } = markedPictures(question, '<tracks coords="0.0 1 000 500;0.5 1 480 500">x</tracks>');
    expect(pictures).toHaveLength(3);
    expect(pictures[1]?.marks).toEqual([
      { what: 'way', of: 'reference', number: 1, points: moments.map(({ x, y }) => ({ x, y })) },
      {
        what: 'way',
        of: 'answer',
        number: 1,
        points: [
          { x: 0, y: 50 },
          { x: 48, y: 50 },
        ],
      },
      { what: 'reference', isFound: null, x: 50, y: 50 },
      { what: 'answer', isHit: null, number: 1, x: 48, y: 50 },
    ]);
    expect(pictures[2]?.marks.filter(({ what }) => what === 'answer')).toEqual([]);
  });

  test('moments are those of marks, snapped to frames, or spread where nothing is marked', () => {
    expect(momentsShown(video, [], 6).shown).toEqual([1, 3, 5, 7]);
    const list = { ...video, video: { frames: ['a', 'b'], timestamps: [0, 0.5] } };
    expect(momentsShown(list, [0.44, 0.52], 6).shown).toEqual([0.5]);
    expect(someOf([0, 1, 2, 3, 4, 5, 6, 7, 8], 3)).toEqual([0, 4, 8]);
    for (const most of [1, 2, 3, 5, 6])
      for (let count = 1; count < 40; count++)
        expect(
          someOf(
            Array.from({ length: count }, (_, i) => i),
            most,
          ),
        ).toHaveLength(Math.min(most, count));
  });

  test('the outline of a mask goes along its pixels, holes too, and stays short for large ones', () => {
    // A ring of 3 x 3 around an empty middle, in 5 x 4 pixels.
    const ring = [0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1, 1, 1, 0];
    expect(maskOutline(maskOfPixels(ring, 5, 4))).toEqual({
      width: 5,
      height: 4,
      path: 'M1 1h3v3h-3v-3zM3 2h-1v1h1v-1z',
    });
    expect(maskOutline(maskOfPixels([0, 0], 2, 1))).toBeNull();
    const all = { width: 1920, height: 1080, counts: [0, 1920 * 1080] };
    expect(maskOutline(all)).toEqual({ width: 160, height: 90, path: 'M0 0h160v90h-160v-90z' });
  });
});

test('the JSON has the numbers of the page, and no pictures', () => {
  const file = JSON.parse(reportJson(report)) as ReportFile;
  expect(file).toMatchObject({ format: 'molmo2-eval-report', version: 1 });
  const [{ summary, failures, examples } = expect.fail('no run')] = file.runs;
  expect(summary.score?.value).toBe(0.25);
  expect(failures).toEqual([
    {
      id: counting(5).id,
      prompt: counting(5).prompt,
      code: 'media-unreadable',
      message: `No picture: ${evil}`,
    },
  ]);
  expect(examples[0]).toMatchObject({ answer: '2', expected: '1', score: 0, why: 'Says 2; right is 1.' });
  expect(JSON.stringify(file)).not.toContain('base64');
});

describe('two runs', () => {
  const second = run(
    [
      ...[1, 2, 3, 4].map((number) => answered(counting(number), number === 2 ? '3' : '4')),
      failed(counting(5)),
      answered(twoPoints, '<points coords="1 1 100 100 2 500 500">cups</points>', 500),
    ],
    { weights: 'q4' },
  );

  test('side by side in one report, with their difference', async () => {
    const both = reportHtml(
      await makeReport([first, second], { questionsOf: () => questions, pictures: maker }),
    );
    expect(both).toContain('1 shapes');
    expect(both).toContain(', q4');
    // Mean scores 1.5 / 6 and 2 / 6.
    expect(both).toMatch(/\+0\.083 \(−0\.\d{3} to \+0\.\d{3}\), p = 1\.000/);
    expect(both).toContain('class="speed"');
  });

  test('a comparison lists losses, gains and other words with both texts', () => {
    const comparison = compareRuns(first, second);
    const page = comparisonHtml({ before: first, after: second, comparison });
    expect(page).toMatch(/Worse: 1 question<[^]*?−1\.000[^]*?<code>2<\/code>[^]*?<code>3<\/code>/);
    expect(page).toMatch(/Better: 2 questions<[^]*?\+1\.000[^]*?<code>4<\/code>/);
    expect(page).toMatch(/Other words, the same score: 2 questions/);
    expect(page).toContain('The interval holds 0: no difference is shown.');
    expect(page).toMatch(/<th scope="row">Counting<\/th><td>5<\/td><td>0\.000<\/td>/);
    expect(page).toMatch(/<th scope="row">Points in pictures<\/th><td>1<\/td><td>\+0\.500<\/td>/);
    expect(page).not.toContain('<img');
  });
});
