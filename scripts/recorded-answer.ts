// Writes demo/recorded/recorded-answer.json: a real answer of the embedded model about the first clip of the demo, which the page plays in its empty
// stage. `npm run update:shapes` runs this; it needs a GPU or a driver in software, as the command line does.

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { format } from 'prettier';
import { root } from './cache.ts';
import type { DemoSample } from './demo-samples.ts';

const place = join(root, 'demo/recorded/recorded-answer.json');

const samples = JSON.parse(readFileSync(join(root, 'demo/samples.json'), 'utf8')) as DemoSample[];
const clip = samples.find(({ questions }) => questions[0]?.answer.startsWith('<tracks'));
const [file] = clip?.files ?? [];
const [asked] = clip?.questions ?? [];
if (file === undefined || !asked) throw new Error('demo/samples.json has no clip that is tracked.');

const video = join(root, 'demo/public/samples', file);
const run = ['scripts/run.mjs', 'cli/main.ts', 'ask', '--json', '--video', video, asked.question];
const { status, stdout } = spawnSync(process.execPath, run, {
  cwd: root,
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
});
if (status !== 0)
  throw new Error(`The question about ${file} was not answered: ${run.join(' ')} ended with ${status}.`);
const { text, tracks } = JSON.parse(stdout) as { text: string; tracks: readonly object[] };
if (tracks.length === 0) throw new Error(`The answer about ${file} has no track: ${text}`);
const recorded = { model: 'shapes', file, question: asked.question, text, tracks };
writeFileSync(place, await format(JSON.stringify(recorded), { parser: 'json', printWidth: 110 }));
console.log(`${place}: ${text}`);
