import { expect, test } from 'vitest';
import { compareLines } from '../../cli/eval/compare-lines.ts';
import { summaryLines } from '../../cli/eval/summary-lines.ts';
import { compareRuns } from '../../eval/run/compare.ts';
import { summarizeMatrix, type MatrixCell } from '../../eval/run/matrix.ts';
import type { AskedQuestion, EvalRun, RunSettings } from '../../eval/run/run-record.ts';

const usage = { promptTokens: 50, visionTokens: 40, visionCrops: 1, newTokens: 4 };
const timings = { loadMs: 1, mediaMs: 10, visionMs: 20, prefillMs: 30, decodeMs: 40, totalMs: 100 };

function short(id: string, category: string, text: string | null, score: number): AskedQuestion {
  const base = { id, kind: 'short' as const, category, prompt: `What is ${id}?` };
  if (text === null)
    return { ...base, answer: null, score: null, error: { code: 'media-unreadable', message: 'No.' } };
  return { ...base, answer: { text, finishReason: 'stop', usage, timings }, score: { kind: 'short', score } };
}

function run(settings: RunSettings, asked: AskedQuestion[]): EvalRun {
  const adapter = { vendor: 'v', architecture: 'a', description: 'GPU', isFallbackAdapter: false };
  return {
    format: 'molmo2-eval',
    version: 1,
    settings,
    set: { name: 'set', questions: asked.length, sha256: '0'.repeat(64) },
    info: { model: 'shapes', adapter, parameters: 1, maxPositions: 1, maxFrames: 1, maxCrops: 1, loadMs: 1, tuned: {}, notices: [] }, // prettier-ignore
    packageVersion: '0.1.0',
    startedAt: '2026-01-02T00:00:00.000Z',
    asked,
  };
}

const exact = run({ model: 'shapes' }, [short('a', 'few', 'Yes', 1), short('b', 'many', 'No', 0)]);
const small = run({ model: 'shapes', weights: 'q4' }, [
  short('a', 'few', 'Red', 0),
  short('b', 'many', null, 0),
]);
const cell = (name: string, one: EvalRun): MatrixCell => ({ name, settings: one.settings, runs: [one] });
const lines = (...cells: MatrixCell[]) => summaryLines(summarizeMatrix(cells, '0.1.0'));

test('one cell is told by kind and category, with what failed', () => {
  expect(lines(cell('q4', small))).toBe(
    `set: 2 questions
shapes on GPU

        questions                    score (95%)
short           2  right  0.000 (0.000 to 0.000)  1 failed
  few           1  right  0.000 (0.000 to 0.000)
  many          1  right  0.000 (0.000 to 0.000)  1 failed
all             2   mean  0.000 (0.000 to 0.000)
errors: media-unreadable (1)
0.10 s a question (median; 95% within 0.10 s), first token after 0.06 s, 100.0 tokens/s
`,
  );
});

test('of several sets each has its mean', () => {
  const other = { ...exact, set: { ...exact.set, name: 'other', sha256: '1'.repeat(64) } };
  expect(lines({ name: 'q4', settings: exact.settings, runs: [small, other] })).toContain(`
all             4   mean  0.250 (0.000 to 0.750)
  set    0.000 (0.000 to 0.000)
  other  0.500 (0.000 to 1.000)
`);
});

test('several cells stand side by side, with their change from the first', () => {
  expect(lines(cell('as loaded', exact), cell('q4', small))).toBe(
    `set: 2 questions
shapes on GPU

short, 2                right (95%)     change from as loaded
  as loaded  0.500 (0.000 to 1.000)
  q4         0.000 (0.000 to 0.000)  -0.500 (-1.000 to 0.000)  p = 1.000
all, 2                   mean (95%)
  as loaded  0.500 (0.000 to 1.000)
  q4         0.000 (0.000 to 0.000)  -0.500 (-1.000 to 0.000)  p = 1.000

as loaded: 0.10 s a question (median; 95% within 0.10 s), first token after 0.06 s, 100.0 tokens/s
q4: 0.10 s a question (median; 95% within 0.10 s), first token after 0.06 s, 100.0 tokens/s
q4: 1 failed, media-unreadable (1)
`,
  );
});

test('two runs are told by what changed, and only as much of it as is wanted', () => {
  const told = (limit: number) => compareLines(exact, small, compareRuns(exact, small), limit);
  expect(told(1)).toBe(
    `A: shapes, as loaded, on GPU, 2026-01-02: 2 of 2 questions
B: shapes, q4, on GPU, 2026-01-02: 2 of 2 questions
2 questions of set in both

       questions               B - A (95%)             better  worse  same
all            2  -0.500 (-1.000 to 0.000)  p = 1.000       0      1     1
short          2  -0.500 (-1.000 to 0.000)  p = 1.000       0      1     1

2 answered otherwise, losses first
  a (short): What is a?
    A 1.000  "Yes"
    B 0.000  "Red"
  and 1 more; --limit N lists more
`,
  );
  expect(told(0)).toMatch(/\n2 answered otherwise\n$/);
});
