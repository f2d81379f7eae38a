import { availableParallelism } from 'node:os';
import process from 'node:process';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { findChromium } from './scripts/chromium.ts';
import { firefoxProvider } from './scripts/firefox-provider.ts';
import { findDriver } from './scripts/lavapipe-driver.ts';
import { LongestFirst } from './scripts/longest-first.ts';
import { findVulkan } from './scripts/vulkan.ts';
import { isSoftware, kernelFamilies, type KernelFamily } from './src/gpu/capabilities.ts';

// Found without installing anything; `npm test` installs what is missing first. Tests that start a browser of their own
// read CHROMIUM, and the workers that run Dawn inherit the driver's variables.
const chromium = await findChromium();
if (chromium) process.env['CHROMIUM'] = chromium.executablePath;
const vulkan = findVulkan();
Object.assign(process.env, vulkan?.env);

// Where it would be SwiftShader, whole models run on lavapipe, if that was unpacked: it answers four times as fast and finds on the disk what
// another process compiled. Kernels stay on SwiftShader, which compiles ten times as fast. LAVAPIPE=no leaves all of Dawn there.
const isSwiftshader = /swiftshader/i.test(vulkan?.adapter ?? '');
const lavapipe = isSwiftshader && process.env['LAVAPIPE'] !== 'no' ? findDriver() : null;
/** Files that compile more than they run: kernels of several families or formats, or of the golden checkpoints, which few others use. */
const compiling = [
  'tests/parity/{conversation,golden,kv-formats,weight-formats}.test.ts',
  'tests/node/{attention-tiles,bench,bundles,cli,kernel-families,long-video,packed-activations}.test.ts',
];

const slow = { testTimeout: 300_000, hookTimeout: 300_000 };

// A software GPU takes every core for long dispatches and one for the rest (it compiles, decodes, waits for a page): two files at
// a time keep two cores busy, and no test waits long for a core. Projects of one turn run together and have so many files at a time;
// a page of the project `chromium` is one more.
const turn = (groupOrder: number, maxWorkers = 2) => ({ maxWorkers, sequence: { groupOrder } });
const inDawn = turn(1);
const besideThePage = turn(2, 1);
const inPagesOfTheirOwn = turn(3);

function kernelFamily(name = ''): KernelFamily | '' {
  const known = kernelFamilies.find((family) => family === name);
  if (known || name === '') return known ?? '';
  throw new Error(`KERNEL_FAMILY is "${name}"; it may be ${kernelFamilies.join(', ')}.`);
}

// A program's path; only `npm run test:firefox` sets it.
const firefox = process.env['MOLMO2_TEST_FIREFOX'];

// Installs what takes minutes; only `npm run test:examples` sets it.
const examples = process.env['MOLMO2_TEST_EXAMPLES'] === 'all';

const everything = process.env['GOLDEN_CASES'] === 'all';

// Found at once: a dependency that Vite meets late makes it load a running test again.
const inPages = {
  include: ['@huggingface/tokenizers', 'ajv', 'image-dimensions', 'mediabunny', 'valibot'],
};

// The engine's own logic, which is the same in a page: there it runs with `npm run test:golden`.
const engineAlone = [
  'conversation',
  'decode-loop',
  'expect',
  'generation',
  'kv-formats',
  'score',
  'weight-formats',
].map((name) => `tests/parity/${name}.test.ts`);

const ofTheDemo = ['tests/e2e/demo-*.test.ts'];

export default defineConfig({
  // Named, because Vite reloads the page of a running test when it meets a package it has not prepared.
  optimizeDeps: { include: ['@huggingface/tokenizers', 'mediabunny', 'valibot'] },
  test: {
    sequence: { sequencer: LongestFirst },
    provide: {
      goldenCases: everything ? 'all' : 'small',
      bundlers: process.env['BUNDLERS'] === 'all' ? 'all' : 'few',
      dawnInSoftware: isSoftware(vulkan?.adapter ?? ''),
      kernelFamily: kernelFamily(process.env['KERNEL_FAMILY']),
      deviceLosses: Number(process.env['DEVICE_LOSSES'] ?? 1),
      leaks: {
        cycles: Number(process.env['LEAK_CYCLES'] ?? 4),
        seed: Number(process.env['LEAK_SEED'] ?? 1),
      },
      deviceLossesSeed: Number(process.env['DEVICE_LOSSES_SEED'] ?? 1),
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['tests/unit/**/*.test.ts'],
          environment: 'node',
          isolate: false, // a worker reads the sources once: a third of what the files take otherwise
          maxWorkers: Math.max(2, availableParallelism() - 1),
          testTimeout: 30_000, // some read every source file, and the machine may be busy
          // Its package.json has no "exports", so Node would load the CommonJS build as ESM.
          server: { deps: { inline: ['wgsl_reflect'] } },
        },
      },
      {
        extends: true,
        test: {
          name: 'dawn-kernels',
          include: ['tests/kernels/**/*.test.ts', ...compiling],
          environment: 'node',
          ...slow,
          ...inDawn,
        },
      },
      {
        extends: true,
        test: {
          name: 'dawn',
          include: ['tests/{parity,node}/**/*.test.ts'],
          exclude: compiling,
          environment: 'node',
          env: lavapipe ?? {},
          ...slow,
          ...inDawn,
        },
      },
      {
        extends: true,
        optimizeDeps: inPages,
        test: {
          name: 'chromium',
          include: ['tests/{kernels,parity,browser}/**/*.test.ts'],
          ...(everything ? {} : { exclude: engineAlone }),
          globalSetup: 'tests/faults/global-setup.ts',
          ...slow,
          ...besideThePage,
          browser: {
            enabled: true,
            headless: true,
            fileParallelism: false, // one page, whose kernels one process compiles one by one
            screenshotFailures: false,
            provider: playwright({
              launchOptions: chromium ? { executablePath: chromium.executablePath, args: chromium.args } : {},
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          exclude: ofTheDemo,
          environment: 'node',
          globalSetup: 'tests/e2e/global-setup.ts',
          ...slow,
          ...besideThePage,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e-demo',
          include: ofTheDemo,
          environment: 'node',
          globalSetup: 'tests/e2e/global-setup.ts',
          ...slow,
          ...inPagesOfTheirOwn,
        },
      },
      {
        extends: true,
        test: {
          name: 'package',
          include: ['tests/package/**/*.test.ts'],
          environment: 'node',
          ...slow,
          ...besideThePage,
        },
      },
      ...(examples
        ? [
            {
              extends: true as const,
              test: {
                name: 'examples',
                include: ['tests/examples/**/*.test.ts'],
                environment: 'node' as const,
                ...slow,
                ...turn(1), // alone
              },
            },
          ]
        : []),
      ...(firefox === undefined
        ? []
        : [
            {
              extends: true as const,
              optimizeDeps: inPages,
              test: {
                name: 'firefox',
                include: [
                  'tests/{firefox,kernels}/**/*.test.ts',
                  'tests/parity/{golden,samples}.test.ts',
                  // docs/browsers.md says what of the others Firefox does otherwise.
                  'tests/browser/{cache-load,load-model,odd-recordings,open-video,overlay-element}.test.ts',
                ],
                globalSetup: 'tests/faults/global-setup.ts',
                ...slow,
                ...turn(1), // alone
                browser: {
                  enabled: true,
                  headless: true,
                  fileParallelism: false,
                  screenshotFailures: false,
                  provider: firefoxProvider(firefox),
                  instances: [{ browser: 'firefox' as const }],
                },
              },
            },
          ]),
    ],
  },
});
