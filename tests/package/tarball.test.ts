import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { chromium, type Browser } from 'playwright-core';
import { build, createServer, preview, version as viteVersion } from 'vite';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { chromiumArgs } from '../../scripts/chromium-probe.ts';
import { askingHtml, askingScript } from './asking-page.ts';
import { describeBundlers } from './bundlers.ts';
import { describeDocs } from './docs.ts';
import { createProject, type Project } from './empty-project.ts';
import { describeFrameworks, frameworkTools } from './frameworks.ts';
import { describeLint } from './lint.ts';
import { describeOrigins } from './origins.ts';
import { describePlainPages } from './plain-pages.ts';
import { describeShells } from './shells.ts';
import { describeTypes } from './types.ts';
import { visitPage } from './visit.ts';
import { Ways } from './ways.ts';
import { questionLike, sampleLike, type SampleEntry } from '../sample-questions.ts';

const samples = JSON.parse(readFileSync('tests/fixtures/samples/index.json', 'utf8')) as SampleEntry[];
// Counting answers with text and a point; its reference text is what PyTorch answers with the same weights.
const { sample, question, answer } = questionLike(samples, { form: 'one crop', says: 'count' });

/** `npm run test:bundlers` runs them all; some take minutes to install and to build. */
const everyWay = inject('bundlers') === 'all';

let project: Project;
const ways = new Ways(() => project);

beforeAll(() => {
  const picture = join('tests/fixtures/samples', sample.media[0] ?? '');
  project = createProject(picture, everyWay ? frameworkTools : []);
});

afterAll(() => project.remove());

describe('the packed tarball in an empty project', () => {
  test('answers a sample in Node through Molmo2.load and chat().ask', () => {
    project.write(
      'ask.js',
      `import { Molmo2 } from 'molmo2-webgpu';
       const molmo = await Molmo2.load({ model: 'shapes' });
       let text = '';
       let points = 0;
       for await (const event of molmo.chat().ask({ image: 'sample.png', prompt: ${JSON.stringify(question)} })) {
         if (event.type === 'text') text += event.text;
         if (event.type === 'point') points++;
       }
       console.log(JSON.stringify({ text, points }));
       process.exit(0);`,
    );
    const { status, stdout, stderr } = project.run(process.execPath, ['ask.js']);
    expect(stderr).not.toContain('Error');
    expect(JSON.parse(stdout)).toEqual({ text: answer, points: 1 });
    expect(status).toBe(0);
  });

  test('brings adapters, which load by themselves', () => {
    project.write(
      'adapters.js',
      `import { createMolmo } from 'molmo2-webgpu/ai-sdk';
       import { createOpenAI } from 'molmo2-webgpu/openai';
       import { createLanguageModel } from 'molmo2-webgpu/prompt-api';
       const model = { info: { model: 'none' } };
       const models = await (await createOpenAI(model).fetch('http://localhost/v1/models')).json();
       const session = createLanguageModel({ load: () => model });
       console.log(JSON.stringify([models.data[0].id, createMolmo(model)().modelId, await session.availability()]));`,
    );
    const { stdout, stderr } = project.run(process.execPath, ['adapters.js']);
    expect({ stdout, stderr }).toEqual({ stdout: '["none","none","downloadable"]\n', stderr: '' });
  });

  test('brings the command molmo2-webgpu', () => {
    const ask = ['--no', 'molmo2-webgpu', 'ask', '--json', '--image', 'sample.png', question];
    const { status, stdout, stderr } = project.run('npx', ask);
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    const result = JSON.parse(stdout) as { text: string; count: number; points: unknown[] };
    expect(result.text).toBe(answer);
    expect(result.points).toHaveLength(1);
  });

  test('writes and verifies a bundle with the threads of that command', () => {
    const synth = project.run('npx', ['--no', 'molmo2-webgpu', 'synth', 'tiny', 'bundle', '--weights', 'q8']);
    expect({ status: synth.status, stderr: synth.stderr }).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('bundle: 0.8 MB of random q8 weights'),
    });
    const verify = project.run('npx', ['--no', 'molmo2-webgpu', 'verify', 'bundle']);
    expect({ status: verify.status, stdout: verify.stdout }).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('all as they should be'),
    });
  });
});

describe('a page that uses the packed tarball', () => {
  let browser: Browser;

  beforeAll(async () => {
    const executablePath = process.env['CHROMIUM'];
    if (!executablePath) throw new Error('No Chromium was found. Run: npm run chromium');
    browser = await chromium.launch({ executablePath, args: chromiumArgs(executablePath) });
    project.write('index.html', askingHtml('/main.js'));
    project.write('main.js', askingScript(question));
  });

  afterAll(async () => {
    ways.print(browser.version());
    await browser.close();
  });

  const visit = (url: string) => visitPage(browser, url);
  const settings = () => ({ root: project.folder, configFile: false as const, logLevel: 'error' as const });

  test('answers when Vite has built it', async () => {
    await build({ ...settings(), base: './', build: { target: 'es2022' } });
    const server = await preview({ ...settings(), preview: { port: 0, host: 'localhost' } });
    try {
      const url = server.resolvedUrls?.local[0];
      expect(await visit(url ?? '')).toEqual({ text: answer, problems: [] });
      ways.answered(`Vite ${viteVersion}`);
    } finally {
      await server.close();
    }
  });

  test("answers when Vite's dev server serves it, dependencies pre-bundled", async () => {
    const server = await createServer({ ...settings(), server: { port: 0, host: 'localhost' } });
    try {
      await server.listen();
      const url = server.resolvedUrls?.local[0];
      expect(await visit(url ?? '')).toEqual({ text: answer, problems: [] });
      ways.answered(`Vite ${viteVersion}, its dev server`);
    } finally {
      await server.close();
    }
  });

  const given = { project: () => project, browser: () => browser, question, answer, ways };
  describeBundlers(given);
  describePlainPages(given);
  describeOrigins(given);
  if (everyWay) {
    describeShells(given);
    describeFrameworks(given);
  }

  const film = sampleLike(samples, { kind: 'video', file: '.mp4' }).media[0] ?? '';
  describeDocs({
    project: () => project,
    browser: () => browser,
    clip: join('tests/fixtures/samples', film),
  });
});

describeTypes(() => project);
describeLint(() => project);
