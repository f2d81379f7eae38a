// Is everything that a usual question runs compiled when `load` is done, so that the first answer is as quick as later ones?

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test, vi } from 'vitest';
import { globals } from 'webgpu';
import { openGpu } from '../../src/gpu/device.ts';
import { Molmo2 } from '../../src/index.ts';
import { forcedKernels } from '../forced-family.ts';
import { encodedMedia, exactMedia, samples } from '../parity/samples.ts';
import { runCli } from './run-cli.ts';
import { questionLike } from '../sample-questions.ts';

(await openGpu()).device.destroy(); // `globals` are filled by then
const compiling = vi.spyOn(
  (globals as { GPUDevice: typeof GPUDevice }).GPUDevice.prototype,
  'createComputePipelineAsync',
);
const folder = mkdtempSync(join(tmpdir(), 'molmo2-warm-up-'));
afterAll(() => {
  compiling.mockRestore();
  rmSync(folder, { recursive: true });
});

/** Names of the pipelines that were compiled since the last call. */
function compiled(): string[] {
  return compiling.mock.calls.splice(0).map(([{ label = '' }]) => label);
}

const all = await samples();
const picture = questionLike(all, { kind: 'image', form: 'several crops', says: 'points' });
const clip = questionLike(all, { kind: 'video', file: '.mp4', says: 'tracks' });

/** Asks a picture, a later question about it and a clip; returns what was compiled at load, and at each question. */
async function compiledBy(model?: string): Promise<{ load: string[]; questions: string[][] }> {
  compiled();
  const molmo = await Molmo2.load({ ...(model !== undefined && { model }), ...forcedKernels });
  try {
    const load = compiled();
    const questions: string[][] = [];
    const chat = molmo.chat();
    for (const input of [
      { ...exactMedia(picture.sample), prompt: picture.question },
      { prompt: 'How many are there?' },
    ]) {
      for await (const _ of chat.ask(input));
      questions.push(compiled());
    }
    for await (const _ of molmo.ask({ ...encodedMedia(clip.sample), prompt: clip.question }));
    questions.push(compiled());
    return { load, questions };
  } finally {
    molmo.dispose();
  }
}

test('no question compiles anything after the embedded model was loaded', async () => {
  const { load, questions } = await compiledBy();
  expect(load.length).toBeGreaterThan(20);
  expect(new Set(load).size).toBe(load.length);
  expect(questions).toEqual([[], [], []]);
});

test('nor after a bundle in q4, which keeps keys and values in f16', async () => {
  const out = join(folder, 'q4');
  const shapes = fileURLToPath(new URL('../../models/shapes/', import.meta.url));
  expect((await runCli(['convert', shapes, out, '--weights', 'q4'])).status).toBe(0);
  const { load, questions } = await compiledBy(out);
  expect(load.some((name) => name.includes('q4'))).toBe(true);
  expect(questions).toEqual([[], [], []]);
});

test('a load that is cancelled while kernels compile throws the reason', async () => {
  const controller = new AbortController();
  const loading = Molmo2.load({ ...forcedKernels, signal: controller.signal });
  await vi.waitFor(() => expect(compiling).toHaveBeenCalled(), { timeout: 30_000, interval: 5 });
  controller.abort(new Error('never mind'));
  await expect(loading).rejects.toThrow('never mind');
  expect(compiled().length).toBeLessThan(20);
});

test('a kernel that the driver gives up on fails the load and is named', async () => {
  const refusal = Object.assign(new Error('out of registers'), { reason: 'internal' });
  compiling.mockImplementationOnce(() => Promise.reject(refusal));
  await expect(Molmo2.load(forcedKernels)).rejects.toMatchObject({
    code: 'no-webgpu',
    message: expect.stringMatching(
      /could not compile the kernel [a-z].*out of registers.*Update the driver/,
    ) as string,
  });
});
