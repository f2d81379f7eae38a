// The real program and the embedded model, on a few scenes: interrupted, gone on with, compared.

import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sceneSource, scoredKinds, selected } from '../../eval/run/question-set.ts';
import type { MatrixSummary } from '../../eval/run/matrix.ts';
import { runQuestions } from '../../eval/run/run-questions.ts';
import type { AskedQuestion } from '../../eval/run/run-record.ts';
import { readRunText } from '../../eval/run/run-text.ts';
import { Molmo2 } from '../../src/index.ts';
import { runCli } from './run-cli.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'molmo2-eval-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const args = ['eval', '--scenes', '3', '--questions', '2', '--seed', '7', '--kv', 'f16', '--out', 'runs'];
const file = () => join(folder, 'runs', 'kv-f16.seed-7.jsonl');

function readRun() {
  const read = readRunText(readFileSync(file(), 'utf8'), 'run');
  if (!read) throw new Error('the run has no first line');
  return read.run;
}

/** Presses Ctrl-C once a question was asked. */
async function interruptEarly(interrupt: () => void): Promise<void> {
  while (!existsSync(file()) || readRun().asked.length === 0) await sleep(20);
  interrupt();
}

/** The same questions, asked here in one go. */
async function askedHere(): Promise<AskedQuestion[]> {
  const molmo = await Molmo2.load();
  try {
    const questions = selected(sceneSource({ scenes: 3, seed: 7, questions: 2 }), {
      kinds: scoredKinds,
    }).questions();
    const asked: AskedQuestion[] = [];
    for await (const event of runQuestions(molmo, questions, { settings: { kv: 'f16' }, total: 0 }))
      if (event.type === 'asked') asked.push(event.asked);
    return asked;
  } finally {
    molmo.dispose();
  }
}

test('an evaluation that was interrupted goes on where it was, and is the same as one in one go', async () => {
  let pressed: Promise<void> | undefined;
  const first = await runCli(args, {
    from: folder,
    onStart: (interrupt) => {
      pressed = interruptEarly(interrupt);
    },
  });
  await pressed;
  expect(first).toMatchObject({ status: 130, stdout: '' });
  expect(first.stderr.at(-1)).toMatch(/^interrupted: what was asked is kept where --out was given\./);
  const kept = readRun();
  expect(kept.asked.length).toBeLessThan(kept.set.questions);
  // As if the machine had stopped in the middle of a line.
  appendFileSync(file(), '{"id":"scene-7-2-1","kind":"poi');

  const { status, stdout } = await runCli([...args, '--json'], { from: folder });
  expect(status).toBe(0);
  const whole = readRun();
  expect(whole.asked.slice(0, kept.asked.length)).toEqual(kept.asked);
  expect(whole.asked.map(({ id }) => id)).toHaveLength(whole.set.questions);
  const summary = JSON.parse(stdout) as MatrixSummary;
  expect(summary).toEqual(JSON.parse(readFileSync(join(folder, 'runs', 'summary.json'), 'utf8')));
  expect(summary.sets).toEqual([whole.set]);
  expect(summary.cells[0]?.summary).toMatchObject({ questions: whole.set.questions, failed: 0 });
  // It knows what it was trained for: were the scenes or the scores of another world, it would know nothing.
  expect(summary.cells[0]?.summary.score?.value).toBeGreaterThan(0.6);

  const words = ({ id, answer, score }: AskedQuestion) => ({ id, text: answer?.text, score: score?.score });
  expect(whole.asked.map(words)).toEqual((await askedHere()).map(words));
});

test('a run is compared with itself, and not gone on with by other questions', async () => {
  const compared = await runCli(['eval', '--compare', file(), file()]);
  expect(compared.status).toBe(0);
  expect(compared.stdout).toContain('\n0 answered otherwise\n');
  const { status, stdout, stderr } = await runCli(args.with(2, '4'), { from: folder });
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr.at(-1)).toMatch(
    /^bad-dataset: runs.kv-f16\.seed-7\.jsonl is of another run: it asked 3 scenes of seed 7, 2 questions each \(\d+ questions\), and now it is 4 scenes/,
  );
});
