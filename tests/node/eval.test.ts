// The real program and the embedded model, on a few scenes: interrupted, gone on with, compared.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { smallPictures } from '../../cli/questions/small-pictures.ts';
import type { JudgeTally } from '../../eval/judge/tally.ts';
import type { ReportFile } from '../../eval/report/report-json.ts';
import { sceneSource, scoredKinds, selected } from '../../eval/run/question-set.ts';
import type { MatrixSummary } from '../../eval/run/matrix.ts';
import { runQuestions } from '../../eval/run/run-questions.ts';
import type { AskedQuestion } from '../../eval/run/run-record.ts';
import { readRunText } from '../../eval/run/run-text.ts';
import { Molmo2 } from '../../src/index.ts';
import { startJudge, type JudgeServer } from '../judge-server.ts';
import { runCli } from './run-cli.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'molmo2-eval-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const args = ['eval', '--scenes', '3', '--questions', '2', '--seed', '7', '--kv', 'f16', '--out', 'runs'];
const file = () => join(folder, 'runs', 'kv-f16.seed-7.jsonl');

/** null while not even its first line is written. */
const readSoFar = () => (existsSync(file()) ? readRunText(readFileSync(file(), 'utf8'), 'run') : null);

function readRun() {
  const read = readSoFar();
  if (!read) throw new Error('the run has no first line');
  return read.run;
}

/** Presses Ctrl-C once a question was asked. */
async function interruptEarly(interrupt: () => void): Promise<void> {
  while (!readSoFar()?.run.asked.length) await sleep(20);
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
  // As if another machine had begun it, and stopped in the middle of a line.
  const text = readFileSync(file(), 'utf8').replace(/"description":"[^"]*"/, '"description":"Another"');
  writeFileSync(file(), `${text}{"id":"scene-7-2-1","kind":"poi`);

  const { status, stdout, stderr } = await runCli([...args, '--json'], { from: folder });
  expect(status).toBe(0);
  expect(stderr).toContainEqual(expect.stringContaining('was begun on another device (Another)'));
  const whole = readRun();
  expect(whole.asked.slice(0, kept.asked.length)).toEqual(kept.asked);
  expect(whole.asked.map(({ id }) => id)).toHaveLength(whole.set.questions);
  const summary = JSON.parse(stdout) as MatrixSummary;
  expect(summary).toEqual(JSON.parse(readFileSync(join(folder, 'runs', 'summary.json'), 'utf8')));
  expect(summary.sets).toEqual([whole.set]);
  expect(summary.cells[0]?.summary).toMatchObject({ questions: whole.set.questions, failed: 0 });
  // It knows what it was trained for: were the scenes or the scores of another world, it would know nothing.
  expect(summary.cells[0]?.summary.score?.value).toBeGreaterThan(0.6);

  const report = JSON.parse(readFileSync(join(folder, 'runs', 'report.json'), 'utf8')) as ReportFile;
  expect(report.runs[0]?.summary).toEqual(summary.cells[0]?.summary);
  const page = readFileSync(join(folder, 'runs', 'report.html'), 'utf8');
  expect(page).toContain('3 scenes of seed 7, 2 questions each');
  expect(page).not.toContain('class="nothing"'); // a picture that could not be drawn

  const words = ({ id, answer, score }: AskedQuestion) => ({ id, text: answer?.text, score: score?.score });
  expect(whole.asked.map(words)).toEqual((await askedHere()).map(words));
});

test('small pictures are as the model saw them, of pictures and of moments of a clip', async () => {
  const samples = fileURLToPath(new URL('../fixtures/samples/', import.meta.url));
  const { picture, frames } = smallPictures(new AbortController().signal);
  const size = { width: 80, height: 60 };
  const pixels = (url: string) => {
    const bytes = Buffer.from(url.replace('data:image/jpeg;base64,', ''), 'base64');
    return sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  };
  const [first = '', third = ''] = await frames(`${samples}clip-1-320x240.mp4`, [0, 1], size);
  for (const [url, name] of [
    [first, 'clip-1-320x240-00.png'],
    [third, 'clip-1-320x240-02.png'],
  ] as const) {
    const shown = await pixels(url);
    const stored = await pixels(await picture(samples + name, size));
    expect(shown.info).toMatchObject(size);
    const gaps = shown.data.map((value, i) => Math.abs(value - (stored.data[i] ?? 0)));
    expect(gaps.reduce((a, b) => a + b, 0) / gaps.length).toBeLessThan(4);
  }
  await expect(picture('https://example.org/a.png', size)).rejects.toThrow('not a file of this machine');
});

test('a run is compared with itself, and not gone on with by other questions', async () => {
  const compared = await runCli(['eval', '--compare', file(), file(), '--out', join(folder, 'compared')]);
  expect(compared.status).toBe(0);
  const page = readFileSync(join(folder, 'compared', 'comparison.html'), 'utf8');
  expect(page).toContain('The interval holds 0: no difference is shown.');
  expect(compared.stdout).toContain('\n0 answered otherwise\n');
  const { status, stdout, stderr } = await runCli(args.with(2, '4'), { from: folder });
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr.at(-1)).toMatch(
    /^bad-dataset: runs.kv-f16\.seed-7\.jsonl is of another run: it asked 3 scenes of seed 7, 2 questions each \(\d+ questions\), and now it is 4 scenes/,
  );
});

describe('captions', () => {
  const key = 'sk-0123456789';
  let judge: JudgeServer;
  beforeAll(async () => {
    judge = await startJudge();
    judge.key = key;
  });
  afterAll(() => judge.close());

  const judged = (keyHere: string) =>
    runCli(
      ['eval', '--scenes', '5', '--seed', '7', '--kinds', 'caption', '--out', 'judged', '--json', '--judge', judge.url,
        '--judge-model', 'judge-1', '--judge-key-env', 'JUDGE_KEY', '--judge-price', '10,100'], // prettier-ignore
      { from: folder, env: { JUDGE_KEY: keyHere } },
    );
  const read = () => readRunText(readFileSync(join(folder, 'judged', 'as-loaded.seed-7.jsonl'), 'utf8'), '');

  test('are scored by a judge, once: not by one that refuses the key, which is told as an error', async () => {
    const refused = await judged('sk-wrong');
    expect(refused.status).toBe(1);
    const errors = refused.stderr.join('\n');
    expect(errors).toContain('network: No caption was judged. The first reason: The judge "judge-1" at');
    expect(errors).toContain('401 Unauthorized');
    expect(errors).not.toContain('sk-wrong');
    const asked = read()?.run.asked ?? [];
    expect(asked.length).toBeGreaterThan(1);
    expect(asked.every(({ answer, score, error }) => answer && !score && error?.code === 'network')).toBe(
      true,
    );
    expect((JSON.parse(refused.stdout) as MatrixSummary).cells[0]?.summary.kinds).toMatchObject([
      { kind: 'caption', unscored: asked.length, failed: 0, score: null },
    ]);

    judge.requests.length = 0;
    judge.faults = [{ kind: 'status', status: 429, retryAfter: '0' }, { kind: 'fenced' }];
    const { status, stdout, stderr } = await judged(key);
    expect(status).toBe(0);
    const now = read()?.run.asked ?? [];
    expect(now.map(({ answer }) => answer)).toEqual(asked.map(({ answer }) => answer));
    for (const { score, error } of now) {
      expect([score?.kind, error]).toEqual(['caption', undefined]);
      if (score?.kind === 'caption') expect(score.score).toBe(score.caption.f1);
    }
    const summary = JSON.parse(stdout) as MatrixSummary & { judge: JudgeTally };
    expect(summary.judge).toMatchObject({ judged: asked.length, notJudged: [] });
    // Twice the same caption is paid for once. Each answer took 100 tokens and 10.
    const answers = 2 * asked.length - summary.judge.kept;
    expect(judge.requests).toHaveLength(answers + 1);
    expect(summary.judge.cost).toBeCloseTo((answers * (100 * 10 + 10 * 100)) / 1e6, 12);
    expect(summary.cells[0]?.summary.kinds).toMatchObject([
      { unscored: 0, figures: [{ name: 'precision' }, { name: 'recall' }, { name: 'f1' }] },
    ]);
    expect(stderr.join('\n')).toContain(`judge: ${asked.length} captions judged, 0 not`);
  });
});
