// `dataset` as the real program: what it writes, prints and returns.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from './run-cli.ts';

const samples = resolve('tests/fixtures/samples');
let folder: string;
const at = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'molmo2-dataset-cli-'));
  const rows = ['image-1-168x168.png', 'image-2-168x168.png'].map((image) => ({
    image,
    message_list: [{ prompt: 'Count the squares.', answer: '1', style: 'only_count' }],
  }));
  const video = {
    video: 'clip-1-320x240.mp4',
    sizes: [[320, 240]],
    duration: 3,
    message_list: [
      {
        prompt: 'Track it.',
        answer: '<tracks coords="0.0 1 100 200;0.7 1 110 200">it</tracks>',
        style: 'video_point_track_per_frame',
      },
    ],
  };
  writeFileSync(at('rows.jsonl'), [...rows, video].map((row) => `${JSON.stringify(row)}\n`).join(''));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a dataset is written and read again, and a wrong file has its exit status', async () => {
  const made = await runCli(['dataset', 'rows.jsonl', '--media', samples, '--out', 'made'], { from: folder });
  expect(made.status, made.stderr.join('\n')).toBe(0);
  expect(made.stdout).toMatch(/^questions +3 \(count 2, tracks 1\)$/m);
  expect(made.stdout).toMatch(/^media +2 pictures and 1 videos, /m);
  expect(made.stderr).toEqual([
    'between-frames: 1 moments of 1 questions lie between the frames that the trainer takes of a video (one each 0.5 s), the first of them in "rows.jsonl:3:1".',
    expect.stringMatching(/^made: 9 files, \d+ bytes\.$/),
  ]);
  const rows = ['train', 'validation'].flatMap((name) =>
    readFileSync(at(`made/${name}.jsonl`), 'utf8')
      .trim()
      .split('\n'),
  );
  expect(rows.filter((row) => row.includes('"video":"media/'))).toHaveLength(1);

  const text = await runCli(['dataset', 'made', '--to', 'csv'], { from: folder });
  expect([text.status, text.stdout.split('\n').length]).toEqual([0, 5]);
  const wrong = await runCli(['dataset', 'rows.jsonl', '--out', 'other'], { from: folder });
  expect([wrong.status, wrong.stderr]).toEqual([
    1,
    [expect.stringMatching(/^bad-dataset: rows\.jsonl does not say how large/)],
  ]);
});
