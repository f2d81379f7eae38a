// What `npm run update:shapes` derives from the samples is what lies in its places.

import { readdirSync, readFileSync } from 'node:fs';
import { format } from 'prettier';
import { expect, test } from 'vitest';
import recorded from '../../demo/recorded/recorded-answer.json' with { type: 'json' };
import { benchQuestions, demoSamples, type IndexEntry } from '../../scripts/demo-samples.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root));
const samples = 'tests/fixtures/samples/';
const index = JSON.parse(read(`${samples}index.json`).toString()) as IndexEntry[];
const shown = demoSamples(index);

test('the demo shows a picture, a clip, a tall one, another clip, a wide one and several pictures', () => {
  expect(JSON.parse(read('demo/samples.json').toString())).toEqual(shown);
  const kinds = shown.map(({ name }) => index.find((entry) => entry.name === name)?.kind);
  expect(kinds).toEqual(['image', 'video', 'image', 'video', 'image', 'images']);
  expect(new Set(shown.map(({ name }) => name)).size).toBe(6);
  for (const { alt, questions } of shown) {
    expect(alt).toMatch(/^(Picture|Video|\d pictures): an? \w+/);
    expect(questions.length).toBeGreaterThan(1);
  }
});

test('its media are those of the samples, and small pictures stand for them', () => {
  const files = shown.flatMap((sample) => [...new Set([...sample.files, ...sample.thumbnails])]);
  expect(readdirSync(new URL('demo/public/samples/', root)).toSorted()).toEqual(files.toSorted());
  for (const file of shown.flatMap((sample) => sample.files))
    expect(read(`demo/public/samples/${file}`).equals(read(samples + file)), file).toBe(true);
  const thumbnails = shown.flatMap((sample) =>
    sample.thumbnails.map((file) => read(`demo/public/samples/${file}`)),
  );
  for (const bytes of thumbnails) expect(bytes.toString('latin1', 8, 12)).toBe('WEBP');
  expect(thumbnails.reduce((sum, bytes) => sum + bytes.byteLength, 0)).toBeLessThan(40_000);
});

test("the benchmark asks the demo's first picture and clip", async () => {
  const path = 'bench/cases/sample-questions.ts';
  const options = { parser: 'typescript', printWidth: 110, singleQuote: true } as const;
  expect(read(path).toString()).toBe(await format(benchQuestions(shown), options));
});

test('questions about objects of no colour, and samples without a clip, make no demo of half a sentence', () => {
  const [picture] = index.filter(({ kind }) => kind === 'image');
  const plain = {
    ...picture!,
    questions: [{ question: 'squares', answer: '<points coords="1 1 500 500">square</points>' }],
  };
  expect(demoSamples([{ ...plain, name: 'image-9-700x300' }])).toMatchObject([{ alt: 'Picture: a square' }]);
  expect(() => benchQuestions([])).toThrow(/No sample can be the benchmark's samplePicture/);
});

test('the recorded answer is the one that PyTorch gives, too, and its track is the text', () => {
  const sample = shown.find(({ files }) => files.includes(recorded.file));
  const asked = sample?.questions.find(({ question }) => question === recorded.question);
  expect(recorded.text).toBe(asked?.answer);
  const [, width = 0, height = 0] = (/-(\d+)x(\d+)\.mp4$/.exec(recorded.file) ?? []).map(Number);
  const groups = /coords="([^"]+)"/.exec(recorded.text)?.[1]?.split(';') ?? [];
  const places = groups.map((group) => group.split(' ').map(Number));
  const [track] = recorded.tracks;
  expect(recorded.tracks).toHaveLength(1);
  expect(places.length).toBeGreaterThan(3);
  expect(track?.points).toEqual(
    places.map(([timeSec, , x = 0, y = 0]) => ({
      timeSec,
      x: expect.closeTo((x / 1000) * width, 6) as number,
      y: expect.closeTo((y / 1000) * height, 6) as number,
    })),
  );
});
