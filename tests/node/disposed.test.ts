// A model that is disposed of in the middle of a question leaves nothing, at whatever moment: the question notices it a step
// later, and may have asked for more by then.

import { expect, test } from 'vitest';
import { Molmo2 } from '../../src/index.ts';
import { watchBuffers } from '../live-buffers.ts';
import { exactMedia, samples } from '../parity/samples.ts';
import { questionLike } from '../sample-questions.ts';

const buffers = await watchBuffers();
const all = await samples();
const { sample, question } = questionLike(all, { form: 'one crop', says: 'points' });

/** Asks for an answer; `onBuffer` is told of each buffer that is made meanwhile. */
async function ask(molmo: Molmo2, onBuffer: (label: string) => void): Promise<void> {
  const { createBuffer } = GPUDevice.prototype;
  GPUDevice.prototype.createBuffer = function (this: GPUDevice, descriptor) {
    const buffer = createBuffer.call(this, descriptor);
    onBuffer(descriptor.label ?? '');
    return buffer;
  };
  try {
    for await (const _ of molmo.ask({ ...exactMedia(sample), prompt: question }, { maxNewTokens: 3 }));
  } finally {
    GPUDevice.prototype.createBuffer = createBuffer;
  }
}

/** Waits for what cannot be called back. */
async function settled(): Promise<void> {
  for (let waits = 0; waits < 3 || (buffers.count > 0 && waits < 100); waits++)
    await new Promise((resolve) => setTimeout(resolve, 20));
}

// What lasts longer than a step.
const lasting = ['kept features/image features', 'readback', 'kv/k 0', 'activations/shared'];

test('a question asks for buffers of each kind', async () => {
  const molmo = await Molmo2.load();
  const made: string[] = [];
  await ask(molmo, (label) => made.push(label));
  molmo.dispose();
  await settled();
  expect(buffers.count).toBe(0);
  console.log([...new Set(made)].join(', '));
  expect(made).toEqual(expect.arrayContaining(lasting));
});

test.each(lasting)('disposed of when %s is made', async (label) => {
  const molmo = await Molmo2.load();
  let isDisposed = false;
  const asked = ask(molmo, (made) => {
    if (isDisposed || made !== label) return;
    isDisposed = true;
    // Not inside the call: whoever made it goes on first.
    queueMicrotask(() => molmo.dispose());
  });
  await expect(asked).rejects.toThrow('The model was disposed. Load it again.');
  await settled();
  expect(buffers.count).toBe(0);
});
