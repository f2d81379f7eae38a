import { cpSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumArgs } from '../../scripts/chromium-probe.ts';
import { serveFolder } from '../package/visit.ts';
import { questionLike, sampleLike, type SampleEntry } from '../sample-questions.ts';
import { askOnPage, Examples, programOf } from './example.ts';

const samples = JSON.parse(readFileSync('tests/fixtures/samples/index.json', 'utf8')) as SampleEntry[];
const mediaPath = (file = ''): string => resolve('tests/fixtures/samples', file);
// Counting answers with text and a point; its reference text is what PyTorch answers with the same weights.
const { sample, question, answer } = questionLike(samples, { form: 'one crop', says: 'count' });
const picture = mediaPath(sample.media[0]);
const label = /">([^<]*)</.exec(answer)?.[1] ?? '';

let examples: Examples;
beforeAll(() => {
  examples = new Examples();
});
afterAll(() => examples.remove());

describe('in a page', () => {
  let browser: Browser;
  beforeAll(async () => {
    const executablePath = process.env['CHROMIUM'];
    if (!executablePath) throw new Error('No Chromium was found. Run: npm run chromium');
    browser = await chromium.launch({ executablePath, args: chromiumArgs(executablePath) });
  });
  afterAll(() => browser.close());

  const isRight = async (url: string) => {
    const asked = await askOnPage(browser, url, { picture, question, answer });
    expect(asked).toEqual({
      text: answer,
      marked: expect.stringContaining(`1 place is marked, in pixels. ${label}`) as string,
      problems: [],
    });
  };

  test('plain HTML answers from a static host', async () => {
    const server = await serveFolder(examples.install('plain-html').folder);
    try {
      await isRight(server.origin);
    } finally {
      await server.close();
    }
  });

  test('Vite and React: types hold, it is built, and answers', async () => {
    const example = examples.install('vite-react');
    example.run('npm', ['run', '--silent', 'build']);
    const server = await serveFolder(join(example.folder, 'dist'));
    try {
      await isRight(server.origin);
    } finally {
      await server.close();
    }
  });

  test('Next: it is built, answers, and its server says what it can do', async () => {
    const example = examples.install('next');
    example.run('npm', ['run', '--silent', 'build']);
    const start = [...programOf(example, 'next'), 'start', '--port', '0'];
    const origin = await example.serve(process.execPath, start);
    await isRight(origin);
    const support = (await (await fetch(`${origin}/api/support`)).json()) as { readonly ok: boolean };
    expect(support.ok).toBe(true);
  });
});

describe('in Node', () => {
  test('one question: the answer, then its place', () => {
    const lines = examples.install('node').run(process.execPath, ['ask.js', picture, question]).split('\n');
    expect(lines[0]).toBe(answer);
    expect(lines[1]).toMatch(new RegExp(`^${label} at \\d+, \\d+$`));
  });

  test("OpenAI's client is answered", () => {
    const asked = examples.install('openai').run(process.execPath, ['ask.js', picture, question]);
    expect(asked).toBe(`${answer}\n`);
  });

  test('a video search finds the clip that shows something, and says when', () => {
    const example = examples.install('video-search');
    const { sample: clip, question: tracked } = questionLike(samples, {
      kind: 'video',
      says: 'tracks',
      question: /^Track all \w+ \w+ in the video\.$/,
    });
    const other = sampleLike(
      samples.filter(({ name }) => name !== clip.name),
      { kind: 'video' },
    );
    mkdirSync(join(example.folder, 'clips'));
    for (const file of [clip.media[0] ?? '', other.media[0] ?? ''])
      cpSync(mediaPath(file), join(example.folder, 'clips', file));
    const things = /all (\w+ \w+) in/.exec(tracked)?.[1] ?? '';
    const lines = example.run(process.execPath, ['search.js', 'clips', things]).trim().split('\n');
    expect(lines).toEqual([
      expect.stringMatching(
        new RegExp(`^${clip.media[0]}: ${things.replace(/e?s$/, '')}\\w* from \\d\\.\\d to \\d\\.\\d s$`),
      ),
      '1 of 2 clips',
    ]);
  });
});

test('every example is run here, and named in examples/README.md', () => {
  const folders = readdirSync('examples', { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const source = readFileSync('tests/examples/examples.test.ts', 'utf8');
  const readme = readFileSync('examples/README.md', 'utf8');
  for (const name of folders) {
    expect(source).toContain(`install('${name}')`);
    expect(readme).toContain(`[${name}](${name})`);
  }
});
