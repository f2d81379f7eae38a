// Does a video of many tokens go through a decoder layer right, whatever keys and values are stored in? 2,100 tokens, over
// more than one chunk of rows; `npm run measure:long-video` sends 33,000.

import { afterAll, expect, test } from 'vitest';
import { GpuRunner } from '../../src/gpu/runner.ts';
import { kvFormats } from '../../src/kernels/attention/kv-layer.ts';
import { forcedFamily } from '../forced-family.ts';
import { errorLimits } from '../scale/long-video-limits.ts';
import { LongVideo } from '../scale/long-video.ts';

const runner = await GpuRunner.open(forcedFamily);
afterAll(() => runner.destroy());

const video = new LongVideo(24, 40);

test('the sampled rows would tell a wrong mask and lost keys', () => {
  for (const [mistake, error] of Object.entries(video.mistakes()))
    expect(error, mistake).toBeGreaterThan(2 * errorLimits.int8.exact);
});

test.each(kvFormats)('2,100 tokens agree with f64 over keys and values in %s', async (format) => {
  const { exact, rounded } = await video.errors(runner, format);
  console.log(`${format}: ${JSON.stringify({ exact, rounded })}`);
  const limits = errorLimits[format];
  expect(Math.max(exact.prefill, exact.decode)).toBeLessThan(limits.exact);
  expect(Math.max(rounded.prefill, rounded.decode)).toBeLessThan(limits.rounded);
});
