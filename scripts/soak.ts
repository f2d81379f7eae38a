// `npm run soak`: the tests that try random things, with ten times as many of them as `npm test`, from a new seed each time, and
// then an hour of everything in one page. `npm run soak -- --minutes N` is that page alone, for as long. A failure prints the
// seed that brings it back, which may be given behind.

import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';

interface Suite {
  readonly name: string;
  readonly project: 'unit' | 'dawn' | 'chromium' | 'e2e';
  readonly file: string;
  /** How many, and from which seed. */
  readonly env: (seed: number) => Readonly<Record<string, string>>;
}

const suites: readonly Suite[] = [
  {
    name: 'damaged manifests and safetensors headers: 20,000 of each',
    project: 'unit',
    file: 'tests/unit/hostile-files.test.ts',
    env: (seed) => ({ HOSTILE_INPUTS: '20000', HOSTILE_SEED: String(seed) }),
  },
  {
    name: 'damaged tokenizers: 20,000',
    project: 'unit',
    file: 'tests/unit/hostile-tokenizer.test.ts',
    env: (seed) => ({ HOSTILE_INPUTS: '20000', HOSTILE_SEED: String(seed) }),
  },
  {
    name: 'damaged PNG, JPEG and WebP files: 20,000 of each',
    project: 'unit',
    file: 'tests/unit/hostile-pictures.test.ts',
    env: (seed) => ({ HOSTILE_INPUTS: '20000', HOSTILE_SEED: String(seed) }),
  },
  {
    name: 'damaged MP4 and WebM files, as a page reads them: 20,000 of each',
    project: 'unit',
    file: 'tests/unit/hostile-videos.test.ts',
    env: (seed) => ({ HOSTILE_INPUTS: '20000', HOSTILE_SEED: String(seed) }),
  },
  {
    name: 'damaged MP4 and WebM files, as ffmpeg reads them: 500',
    project: 'dawn',
    file: 'tests/node/hostile-videos.test.ts',
    env: (seed) => ({ HOSTILE_FFMPEG: '500', HOSTILE_SEED: String(seed) }),
  },
  {
    name: 'a server that misbehaves: 200 schedules of faults',
    project: 'dawn',
    file: 'tests/node/faults.test.ts',
    env: (seed) => ({ FAULT_SCHEDULES: '200', FAULT_SEED: String(seed) }),
  },
  {
    name: 'videos in Node, in a page and in ffmpeg: 300',
    project: 'e2e',
    file: 'tests/e2e/same-videos.test.ts',
    env: (seed) => ({ SAME_VIDEOS: '300', SAME_VIDEOS_SEED: String(seed) }),
  },
  {
    name: 'plans beside what becomes of pictures and videos: 200',
    project: 'unit',
    file: 'tests/unit/planned-tokens.test.ts',
    env: (seed) => ({ PLANNED_INPUTS: '200', PLANNED_SEED: String(seed) }),
  },
  {
    name: 'devices without enough memory: 100',
    project: 'dawn',
    file: 'tests/node/short-memory.test.ts',
    env: (seed) => ({ SHORT_MEMORY: '100', SHORT_MEMORY_SEED: String(seed) }),
  },
  {
    name: 'loads that are asked and disposed: 200, and 200 that are cut short',
    project: 'dawn',
    file: 'tests/node/leaks.test.ts',
    env: (seed) => ({ LEAK_CYCLES: '400', LEAK_SEED: String(seed) }),
  },
  {
    name: 'loads in a page, on its own thread and in a worker: 20, and 20 that are cut short',
    project: 'chromium',
    file: 'tests/browser/leaks.test.ts',
    env: (seed) => ({ LEAK_CYCLES: '40', LEAK_SEED: String(seed) }),
  },
  {
    name: 'a clip of ten minutes, window by window',
    project: 'dawn',
    file: 'tests/node/windows.test.ts',
    env: () => ({ WINDOW_CLIP_SEC: '600' }),
  },
  {
    name: 'walks that are cancelled at random moments: 200, and plans: 800',
    project: 'dawn',
    file: 'tests/node/cancel-windows.test.ts',
    env: (seed) => ({ CANCELLED_WALKS: '200', CANCELLED_WALKS_SEED: String(seed) }),
  },
  {
    name: 'answers at temperature 2 that must be points, tracks or a count: 1,000 of each; JSON of 200 schemas',
    project: 'dawn',
    file: 'tests/parity/expect.test.ts',
    env: (seed) => ({
      EXPECTED_DRAWS: '1000',
      EXPECTED_SCHEMAS: '200',
      EXPECTED_SEED: String(seed % 100_000),
    }),
  },
  {
    name: 'random tokens that a schema allows are JSON that validates: 200 schemas',
    project: 'unit',
    file: 'tests/unit/constraints-json-schema.test.ts',
    env: (seed) => ({ EXPECTED_SCHEMAS: '200', EXPECTED_SCHEMAS_SEED: String(seed) }),
  },
  {
    name: 'scores and answers that must be JSON, cancelled at random moments: 200 of each',
    project: 'dawn',
    file: 'tests/node/cancel-score.test.ts',
    env: (seed) => ({ CANCELLED_SCORES: '200', CANCELLED_SCORES_SEED: String(seed) }),
  },
  {
    name: 'questions asked together that are cancelled at random moments: 200',
    project: 'dawn',
    file: 'tests/node/ask-all.test.ts',
    env: (seed) => ({ CANCELLED_BRANCHES: '200', CANCELLED_BRANCHES_SEED: String(seed) }),
  },
  {
    name: 'packs of questions that are cancelled at random moments: 200',
    project: 'dawn',
    file: 'tests/node/ask-many.test.ts',
    env: (seed) => ({ CANCELLED_PACKS: '200', CANCELLED_PACKS_SEED: String(seed) }),
  },
  {
    name: 'devices that are lost in every stage of a question: 10 in each, in Dawn',
    project: 'dawn',
    file: 'tests/parity/device-loss.test.ts',
    env: (seed) => ({ DEVICE_LOSSES: '10', DEVICE_LOSSES_SEED: String(seed) }),
  },
  {
    name: 'devices that are lost in every stage of a question: 10 in each, in Chromium',
    project: 'chromium',
    file: 'tests/parity/device-loss.test.ts',
    env: (seed) => ({ DEVICE_LOSSES: '10', DEVICE_LOSSES_SEED: String(seed) }),
  },
  {
    name: "serving tabs that are closed in the middle of another's answer: 20",
    project: 'e2e',
    file: 'tests/e2e/tabs.test.ts',
    env: (seed) => ({ TABS_CLOSED: '20', TABS_SEED: String(seed) }),
  },
];

const { values, positionals } = parseArgs({
  options: { minutes: { type: 'string' } },
  allowPositionals: true,
});
const seed = Number(positionals[0] ?? Date.now() % 1_000_000_000);
const minutes = Number(values.minutes ?? 60);
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');

function passes(args: readonly string[], env: Readonly<Record<string, string>> = {}): boolean {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  return status === 0;
}

if (!(minutes > 0)) throw new Error(`--minutes is "${values.minutes}"; it must be a number above 0.`);
console.log(`seed ${seed} (npm run soak -- ${seed} repeats this run)`);
const results = (values.minutes === undefined ? suites : []).map(({ name, project, file, env }) => {
  console.log(`\n> ${name}`);
  return passes([vitest, 'run', '--project', project, '--testTimeout', '3600000', file], env(seed));
});
if (values.minutes === undefined) {
  console.log('\n> loads in a page: 200, and 200 that are cut short');
  results.push(passes(['scripts/run.mjs', 'tests/leaks/in-page.ts', '400', String(seed)]));
}
console.log(`\n> a page that is driven for ${minutes} minutes`);
results.push(passes(['scripts/run.mjs', 'tests/soak/main.ts', String(minutes), String(seed)]));
console.log(`\n${results.filter(Boolean).length} of ${results.length} suites passed`);
process.exitCode = results.every(Boolean) ? 0 : 1;
