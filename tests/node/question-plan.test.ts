// The plan of a question beside the run of it: the same tokens, the bytes that are allocated, less where it does not fit.

import { afterAll, expect, test } from 'vitest';
import { Molmo2, type AskEvent, type AskInput, type AskOptions } from '../../src/index.ts';
import { forcedKernels } from '../forced-family.ts';
import { watchBuffers } from '../live-buffers.ts';
import { exactMedia, samples } from '../parity/samples.ts';
import { sampleLike, type WantedSample } from '../sample-questions.ts';

const all = await samples();
const shown = (wanted: WantedSample) => exactMedia(sampleLike(all, wanted));
const picture = { ...shown({ kind: 'image', form: 'tall' }), prompt: 'Find the red circles.' };
const clip = { ...shown({ kind: 'video' }), prompt: 'Track the star.' };
const few = { maxNewTokens: 2 };

const buffers = await watchBuffers();
const molmo = await Molmo2.load({ ...forcedKernels, featureCacheBytes: 0 });
afterAll(() => molmo.dispose());

// Before anything ran, so that no buffers of other questions are counted.
const long = { maxNewTokens: 6000 };
const whole = await molmo.planQuestion(clip, long);

async function run(by: Molmo2, input: AskInput, options: AskOptions) {
  const events: AskEvent[] = [];
  for await (const event of by.ask(input, options)) events.push(event);
  const done = events.at(-1);
  if (done?.type !== 'done') throw new Error('no answer');
  return { answer: done.answer, notice: events.find((event) => event.type === 'notice') };
}

test.each([
  ['a clip', clip],
  ['a picture', picture],
])('%s takes the tokens and within 10% the memory that were planned', async (_, input) => {
  const before = await molmo.planQuestion(input, few);
  expect(before).toMatchObject({ verdict: 'fits', steps: [], answerTokens: 2 });
  const { answer, notice } = await run(molmo, input, few);
  expect(notice).toBeUndefined();
  expect(answer.usage).toMatchObject({
    promptTokens: before.promptTokens,
    visionTokens: before.visionTokens,
    visionCrops: before.crops,
  });
  // Larger buffers that an earlier question left are counted as they are.
  const { memory } = await molmo.planQuestion(input, few);
  expect(memory.total).toBe(memory.weights + memory.keysAndValues + memory.working + memory.chats);
  buffers.forgetPeak();
  await run(molmo, input, few);
  const own = memory.total - memory.weights;
  expect(Math.abs(buffers.peak - memory.weights - own)).toBeLessThan(0.1 * own);
});

test('seconds are those of the device once it has answered something alike', async () => {
  await run(molmo, picture, { maxNewTokens: 12 });
  const { seconds } = await molmo.planQuestion(picture);
  const { timings, usage } = (await run(molmo, picture, { maxNewTokens: 12 })).answer;
  const near = (planned: number, ms: number) => {
    // Other work on the machine takes its share of either.
    expect(planned).toBeGreaterThan(ms / 1000 / 5);
    expect(planned).toBeLessThan((ms / 1000) * 5);
  };
  near(seconds!.vision, timings.visionMs);
  near(seconds!.prefill, timings.prefillMs);
  near(seconds!.token, timings.decodeMs / usage.newTokens);
});

test('where memory is short, exact keys and values go first, then crops, and it is told', async () => {
  const memoryBytes = whole.memory.total - 100_000;
  const small = await Molmo2.load({ ...forcedKernels, featureCacheBytes: 0, memoryBytes });
  try {
    const int8 = await small.planQuestion(clip, long);
    expect(int8).toMatchObject({ verdict: 'fits-with', kv: 'int8', answerTokens: 6000 });
    expect(int8.steps).toEqual([{ what: 'kv', from: 'f32', to: 'int8' }]);
    expect(int8.message).toMatch(
      /^Fits with keys and values in int8 in place of f32: \d+ tokens and 6000 for the answer/,
    );
    const exact = { ...long, fit: 'exact' } as const;
    const refused = await small.planQuestion(clip, exact);
    expect(refused).toMatchObject({ verdict: 'does-not-fit', steps: [], seconds: null, kv: 'f32' });
    await expect(run(small, clip, exact)).rejects.toMatchObject({
      code: 'out-of-memory',
      message: refused.message,
    });
    expect(await small.planQuestion(clip, few)).toMatchObject({ verdict: 'fits' });
    // The frames of a list are taken whole, so that it is a picture that can be less.
    const chat = small.chat();
    for await (const _ of chat.ask({ prompt: 'Hi' }, { maxNewTokens: 7000 }));
    const asked = { ...few, kv: 'f32' } as const;
    const plan = await small.planQuestion(picture, asked);
    expect(plan.steps).toEqual([{ what: 'crops', from: 8, to: expect.any(Number) }]);
    expect(plan.steps[0]!.to).toBeGreaterThanOrEqual(plan.crops - 1);
    expect(plan.crops).toBeLessThan(9);
    expect(plan.memory.chats).toBeGreaterThan(7000 * 2048);
    const { answer, notice } = await run(small, picture, asked);
    expect(notice).toEqual({
      type: 'notice',
      reason: 'fit',
      steps: plan.steps,
      message: expect.stringContaining(`of each picture in place of 8`),
    });
    expect(answer.usage).toMatchObject({ promptTokens: plan.promptTokens, visionCrops: plan.crops });
    chat.dispose();
    expect(await small.planQuestion(clip, few)).toMatchObject({ verdict: 'fits' });
  } finally {
    small.dispose();
  }
});

test('a longer question of a chat is refused with the numbers where the context is full', async () => {
  const chat = molmo.chat();
  for await (const _ of chat.ask({ prompt: 'Hi' }, few));
  const asking = async () => {
    for await (const _ of chat.ask({ prompt: 'x '.repeat(9000) }, few));
  };
  await expect(asking()).rejects.toMatchObject({ code: 'context-full' });
  chat.dispose();
});
