// `npm run measure:long-video [-- frames]`: a video of 384 frames, 33,000 tokens, through one narrow decoder layer in Dawn,
// with keys and values in every format, and a token decoded after it; sampled rows are compared with f64. On a software
// driver that takes some minutes a format, on lavapipe (`npm run lavapipe`) a quarter of SwiftShader's.

import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { ensureLavapipe } from '../../scripts/lavapipe.ts';
import { adapterWith, ensureVulkan } from '../../scripts/vulkan.ts';
import { GpuRunner } from '../../src/gpu/runner.ts';
import { kvFormats } from '../../src/kernels/attention/kv-layer.ts';
import { errorLimits } from './long-video-limits.ts';
import { LongVideo } from './long-video.ts';

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
const short = (error: number) => error.toExponential(1);

/** A GPU or the driver that the user names; else the fastest of the software drivers. */
async function driver(): Promise<Readonly<Record<string, string>>> {
  const chosen = process.env['VK_ICD_FILENAMES'] ?? process.env['VK_DRIVER_FILES'];
  if (chosen || adapterWith({})?.isFallbackAdapter === false) return ensureVulkan().env;
  try {
    return (await ensureLavapipe()).env;
  } catch (error) {
    console.log(error instanceof Error ? error.message : error);
    return ensureVulkan().env;
  }
}

/** The mistakes are worked out for some frames only: with all of them it takes longer than the GPU. */
function showSensitivity(): void {
  for (const [mistake, error] of Object.entries(new LongVideo(24, 40).mistakes()))
    console.log(`if ${mistake}: an error of ${short(error)} (24 frames)`);
}

async function measure(frames: number): Promise<boolean> {
  showSensitivity();
  const video = new LongVideo(frames, 64);
  const runner = await GpuRunner.open();
  const { description, vendor, architecture } = runner.adapter;
  console.log(`${description || `${vendor} ${architecture}`}: ${frames} frames, ${video.tokens} tokens`);
  let holds = true;
  for (const format of kvFormats) {
    const times = (prefillMs: number, decodeMs: number) =>
      console.log(`${format}: prefill ${seconds(prefillMs)}, one token ${seconds(decodeMs)}`);
    const { exact, rounded } = await video.errors(runner, format, times);
    for (const [against, errors] of Object.entries({ exact, rounded })) {
      const limit = errorLimits[format][against === 'exact' ? 'exact' : 'rounded'];
      const within = Math.max(errors.prefill, errors.decode) < limit;
      console.log(
        `${format}: error of ${video.samples.length} rows ${short(errors.prefill)}, of the next token ${short(errors.decode)}, against ${against} keys and values (below ${short(limit)}) - ${within ? 'holds' : 'DOES NOT HOLD'}`,
      );
      holds &&= within;
    }
  }
  runner.destroy();
  return holds;
}

const frames = Number(process.argv[2] ?? 384);
if (!Number.isInteger(frames) || frames < 1)
  throw new RangeError(`frames must be a positive integer, got ${process.argv[2]}.`);
const env = await driver();
// LD_LIBRARY_PATH is read only when a process starts.
if (Object.entries(env).some(([name, value]) => process.env[name] !== value)) {
  const args = ['scripts/run.mjs', 'tests/scale/measure-long-video.ts', String(frames)];
  process.exitCode =
    spawnSync(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...env } }).status ?? 1;
} else process.exitCode = (await measure(frames)) ? 0 : 1;
