// `npm run update:shapes -- FOLDER` puts newly trained weights of the embedded model and new samples into their places. FOLDER has
// models/shapes (a checkpoint of the same form) and samples (media, and index.json with what PyTorch answers). Everything
// is looked at before anything is replaced. What is derived from them is made anew: the demo's samples, its recorded answer, the benchmark's
// questions, the catalogue and the picture in the README. Tests find samples by what they are like; run them afterwards.

import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { modelConfig } from '../src/read-config.ts';
import { expectedTensors } from '../src/weights/checkpoint/tensor-names.ts';
import { root } from './cache.ts';
import { benchQuestions, demoSamples, type IndexEntry } from './demo-samples.ts';
import { writeThumbnails } from './demo-thumbnails.ts';
import { embeddedFacts } from './embedded-facts.ts';

const places = {
  model: join(root, 'models/shapes'),
  samples: join(root, 'tests/fixtures/samples'),
  demo: join(root, 'demo/public/samples'),
  demoIndex: join(root, 'demo/samples.json'),
  bench: join(root, 'bench/cases/sample-questions.ts'),
  catalogue: join(root, 'weights.manifest.json'),
};

const json = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

function refuse(what: string): never {
  throw new Error(`${what} Nothing was replaced.`);
}

/** The checkpoint's files, which must have the names and shapes of those that are replaced. */
function checkedModel(folder: string): string[] {
  const names = readdirSync(places.model);
  for (const name of names) if (!existsSync(join(folder, name))) refuse(`${join(folder, name)} is missing.`);
  const config = modelConfig(json(join(folder, 'config.json')));
  if (!isDeepStrictEqual(config, modelConfig(json(join(places.model, 'config.json')))))
    refuse(`${join(folder, 'config.json')} describes a model of another form than models/shapes.`);
  const file = readFileSync(join(folder, 'model.safetensors'));
  const headerBytes = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString('utf8', 8, 8 + headerBytes)) as Record<string, { shape: number[] }>;
  for (const [name, shape] of expectedTensors(config))
    if (!isDeepStrictEqual(header[name]?.shape, [...shape]))
      refuse(
        `model.safetensors has ${name} as [${header[name]?.shape?.join() ?? 'nothing'}], not [${shape.join()}].`,
      );
  return names;
}

/** The samples' index, all of whose files are there. */
function checkedSamples(folder: string): IndexEntry[] {
  const index = json(join(folder, 'index.json')) as IndexEntry[];
  for (const { name, media, frames = [], questions } of index) {
    for (const file of [...media, ...frames])
      if (!existsSync(join(folder, file))) refuse(`${name} needs ${join(folder, file)}, which is missing.`);
    if (questions.some(({ question, answer }) => !question || !answer))
      refuse(`${name} has a question without words or without an answer.`);
  }
  return index;
}

/** Replaces the files of a folder, but for those to be kept. */
function refill(folder: string, files: ReadonlyMap<string, string>, keep: readonly string[] = []): void {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) if (!keep.includes(name)) rmSync(join(folder, name));
  for (const [name, from] of files) copyFileSync(from, join(folder, name));
}

async function copySamples(folder: string, index: readonly IndexEntry[]): Promise<void> {
  const names = index.flatMap(({ media, frames = [] }) => [...media, ...frames]);
  refill(places.samples, new Map(['index.json', ...names].map((name) => [name, join(folder, name)])), [
    'README.md',
  ]);
  const shown = demoSamples(index);
  const files = new Map(shown.flatMap((sample) => sample.files).map((name) => [name, join(folder, name)]));
  refill(places.demo, files);
  await writeThumbnails(shown, index, { from: folder, to: places.demo });
  writeFileSync(places.demoIndex, `${JSON.stringify(shown, null, 2)}\n`);
  writeFileSync(places.bench, benchQuestions(shown));
}

function rewriteCatalogue(): void {
  const catalogue = json(places.catalogue) as { models: Record<string, object> };
  const facts = embeddedFacts(pathToFileURL(`${places.model}/`));
  catalogue.models['shapes'] = { ...catalogue.models['shapes'], ...facts };
  // Short lists stay on a line, as the formatter has them.
  const text = JSON.stringify(catalogue, null, 2).replaceAll(/\[[\d,\s]+\]/g, (list) =>
    list.replaceAll(/\s+/g, '').replaceAll(',', ', '),
  );
  writeFileSync(places.catalogue, `${text}\n`);
}

function runOrFail(command: string, ...args: string[]): void {
  const { status } = spawnSync(command, args, { stdio: 'inherit', cwd: root });
  if (status !== 0) throw new Error(`${[command, ...args].join(' ')} ended with ${status}.`);
}

const [given] = process.argv.slice(2);
if (given === undefined) throw new Error('Name the folder: npm run update:shapes -- FOLDER');
const [model, samples] = ['models/shapes', 'samples'].map((name) => resolve(given, name)) as [string, string];
const [names, index] = [checkedModel(model), checkedSamples(samples)];
refill(places.model, new Map(names.map((name) => [name, join(model, name)])));
await copySamples(samples, index);
rewriteCatalogue();
runOrFail('npx', 'prettier', '--write', places.demoIndex, places.bench, places.catalogue);
runOrFail(process.execPath, 'scripts/run.mjs', 'scripts/recorded-answer.ts');
runOrFail(process.execPath, 'scripts/run.mjs', 'scripts/screenshots.ts');
console.log(`${names.length} files of the model and ${index.length} samples are in place. Now run: npm test`);
