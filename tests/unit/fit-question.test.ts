// What a question gives up so that it fits, at the true shapes of the released models.

import { describe, expect, test } from 'vitest';
import { archFiles } from '../../cli/synth/arch.ts';
import { kernelScratchBytes, portableSettings } from '../../src/gpu/kernel-settings.ts';
import { plannedBuffers } from '../../src/gpu/activation-memory.ts';
import {
  fitQuestion,
  wholeQuestion,
  type FitQuestion,
  type Prompted,
  type Room,
} from '../../src/engine/plan/fit.ts';
import { noticeMessage, planMessage, refusal } from '../../src/engine/plan/plan-words.ts';
import {
  questionMemory,
  type GpuMemoryModel,
  type QuestionSize,
} from '../../src/engine/plan/question-memory.ts';
import { publicPlan } from '../../src/engine/plan/public-plan.ts';
import {
  imageShapes,
  videoShapes,
  type VisualDetail,
  type VisualShapes,
} from '../../src/engine/visual/visual-shapes.ts';
import { frameTimes } from '../../src/media/sampling/frame-times.ts';
import { modelConfig, processorConfig } from '../../src/read-config.ts';

const files = archFiles('molmo2-4b');
const config = modelConfig(files['config.json']);
const processor = processorConfig(
  {
    image: files['preprocessor_config.json'],
    video: files['video_preprocessor_config.json'],
    processor: files['processor_config.json'],
  },
  config,
);
const gpu: GpuMemoryModel = {
  config,
  kernels: portableSettings,
  sharedBytes: (always, stages) => sum(plannedBuffers(always, stages)),
};
const GB = 1e9;
const weights = 3.2 * GB;
const generous: Room = {
  maxPositions: 36864,
  largestBuffer: 2 ** 32,
  memoryBytes: null,
  takenBytes: weights,
};
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** As many tokens as its pictures have, and some for the words; what is counted does not depend on which. */
function prompted(shapes: VisualShapes): Prompted {
  const { imageGrids, video } = shapes;
  const images = sum(imageGrids.map(([a, b, c, d]) => a * b + c * d + 4 + c));
  const frames = video ? video.timestamps.length * (video.grid[0] * video.grid[1] + 6) : 0;
  const ids = new Uint32Array(images + frames + 40);
  return { shapes, prompt: { ids, isImage: new Uint8Array(ids.length), visionTokens: images + frames } };
}

function question(
  shapesAt: (detail: VisualDetail) => VisualShapes,
  canShrink: Partial<FitQuestion<Prompted>['canShrink']>,
  room: Partial<Room> = {},
  maxNewTokens = 2048,
): FitQuestion<Prompted> {
  return {
    model: { config, memory: (size) => questionMemory(gpu, size) },
    room: { ...generous, ...room },
    detail: { maxFrames: 384, maxCrops: 8 },
    kv: 'f16',
    canShrink: { kv: true, maxFrames: false, maxCrops: false, ...canShrink },
    before: 0,
    at: (detail) => prompted(shapesAt(detail)),
    answerSlots: (length) => Math.min(maxNewTokens, Math.max(1, 36864 - length)),
  };
}

const video = (durationSec: number) => (detail: VisualDetail) =>
  videoShapes(
    {
      width: 1280,
      height: 720,
      durationSec,
      timestamps: frameTimes(durationSec, {
        maxFrames: detail.maxFrames,
        maxFps: 2,
        mode: 'uniform_last_frame',
        samplingFps: 2,
      }),
      startSec: 0,
      maxFps: 2,
    },
    processor,
  );
const pictures = (count: number) => (detail: VisualDetail) =>
  imageShapes(
    Array.from({ length: count }, () => ({ width: 1600, height: 1200 })),
    processor,
    detail.maxCrops,
  );
const aVideo = { maxFrames: true };
const somePictures = { maxCrops: true };

test('what fits is taken whole', () => {
  const plan = fitQuestion(question(video(300), aVideo));
  expect(plan).toMatchObject({ kv: 'f16', steps: [], misfits: [], answerSlots: 2048 });
  expect(plan.asked.shapes.crops).toBe(384);
});

describe('a video', () => {
  const needs = (one: FitQuestion<Prompted>) => {
    const { memory } = wholeQuestion(one);
    return weights + memory.keysAndValues + memory.working;
  };
  const whole = needs(question(video(300), aVideo));
  const int8 = needs({ ...question(video(300), aVideo), kv: 'int8' });

  test('has keys and values in int8 where that is enough', () => {
    const plan = fitQuestion(question(video(300), aVideo, { memoryBytes: int8 }));
    expect(plan).toMatchObject({ kv: 'int8', misfits: [], reasons: ['memory'] });
    expect(plan.steps).toEqual([{ what: 'kv', from: 'f16', to: 'int8' }]);
    expect(plan.asked.shapes.crops).toBe(384);
    expect(noticeMessage(plan)).toBe(
      'The question does not fit the memory that may be used as it was asked. It is answered with keys and values in int8 in place of f16.',
    );
    expect(whole).toBeGreaterThan(int8 + GB);
  });

  test('then as many frames as there is memory for', () => {
    const asked = question(video(300), aVideo, { memoryBytes: int8 - GB });
    const plan = fitQuestion(asked);
    const frames = plan.asked.shapes.crops;
    expect(plan.misfits).toEqual([]);
    expect(plan.steps).toEqual([
      { what: 'kv', from: 'f16', to: 'int8' },
      { what: 'frames', from: 384, to: frames },
    ]);
    const one = { ...asked, kv: 'int8' as const };
    expect(needs({ ...one, detail: { maxFrames: frames, maxCrops: 8 } })).toBeLessThanOrEqual(int8 - GB);
    expect(needs({ ...one, detail: { maxFrames: frames + 1, maxCrops: 8 } })).toBeGreaterThan(int8 - GB);
  });

  test('keeps its format where only the context is short, and leaves the answer its room', () => {
    const plan = fitQuestion(question(video(300), aVideo, { maxPositions: 20_000 }));
    expect(plan).toMatchObject({ kv: 'f16', reasons: ['context'] });
    expect(plan.steps.map(({ what }) => what)).toEqual(['frames']);
    expect(plan.asked.prompt.ids.length).toBeLessThanOrEqual(20_000 - 256);
    expect(plan.asked.prompt.ids.length).toBeGreaterThan(20_000 - 256 - 90);
  });

  test('gives up keys and values first where both are short', () => {
    const plan = fitQuestion(question(video(300), aVideo, { maxPositions: 33_000, memoryBytes: int8 }));
    expect(plan.steps.map(({ what }) => what)).toEqual(['kv', 'frames']);
  });

  test('is refused with the numbers of the least where nothing helps', () => {
    const asked = question(video(300), aVideo, { memoryBytes: weights + 0.1 * GB });
    const plan = fitQuestion(asked);
    expect(plan.misfits).toEqual(['memory']);
    const error = refusal(plan, asked.room);
    expect(error.code).toBe('out-of-memory');
    expect(error.message).toMatch(
      /^The prompt has \d+ tokens with keys and values in int8 in place of f16, and 2 frames in place of 384: \d+ MB of keys and values in int8 and \d+ MB of working memory; with 3\.2 GB of weights and other chats that is 3\.\d GB of 3\.3 GB\./,
    );
    expect(planMessage(plan, asked.room)).toBe(error.message);
  });

  test('in a format that was asked for, or of given frames, gives up nothing', () => {
    const asked = question(video(300), { kv: false }, { memoryBytes: int8 });
    expect(fitQuestion(asked)).toMatchObject({ kv: 'f16', steps: [], misfits: ['memory'] });
  });
});

describe('pictures', () => {
  test('have fewer crops each, as many as fit', () => {
    const plan = fitQuestion(question(pictures(40), somePictures));
    expect(plan.reasons).toEqual(['context']);
    const [step] = plan.steps;
    expect(plan.steps).toEqual([{ what: 'crops', from: 8, to: plan.detail.maxCrops }]);
    expect(step!.to).toBeLessThan(8);
    const more = question(pictures(40), somePictures);
    expect(
      wholeQuestion({ ...more, detail: { maxFrames: 384, maxCrops: plan.detail.maxCrops + 1 } }).asked.prompt
        .ids.length,
    ).toBeGreaterThan(36864 - 256);
    expect(noticeMessage(plan)).toMatch(/does not fit the context.*crops? of each picture in place of 8\.$/);
  });

  test('that are too many are refused', () => {
    const asked = question(pictures(200), somePictures);
    const plan = fitQuestion(asked);
    expect(plan.misfits).toEqual(['context']);
    expect(refusal(plan, asked.room)).toMatchObject({
      code: 'context-full',
      message: expect.stringMatching(
        /at most 1 crop of each picture in place of 8, but the model reads at most 36864/,
      ),
    });
  });

  test('a buffer that the device cannot make is named by its bytes', () => {
    const asked = question(pictures(1), {}, { largestBuffer: 2 ** 20 });
    const error = refusal(fitQuestion(asked), asked.room);
    expect(error.message).toMatch(/needs a buffer of \d+ bytes, but this GPU allows 1048576/);
  });
});

test('kept features give way first, and are told with what else is taken', () => {
  const asked = question(video(60), aVideo, { takenBytes: weights + GB });
  const kept = { weights, features: 0, featureBudget: 10e6 };
  const plan = wholeQuestion(asked);
  const { memory } = publicPlan(plan, asked, kept);
  expect(memory).toMatchObject({ weights, chats: GB, keptFeatures: 10e6 });
  expect(memory.total).toBe(sum([weights, GB, 10e6, memory.keysAndValues, memory.working]));
  const memoryBytes = memory.total - 4e6;
  const tight = { ...asked, room: { ...asked.room, memoryBytes } };
  expect(fitQuestion(tight).steps).toEqual([]);
  expect(publicPlan(wholeQuestion(tight), tight, kept).memory).toMatchObject({
    keptFeatures: 6e6,
    total: memoryBytes,
  });
});

test('the memory that matrix products share counts where there is any', () => {
  const asked = question(video(60), aVideo);
  const scratch = { partials: null as never, packed: null as never };
  const equipped = { ...gpu, kernels: { ...portableSettings, scratch } };
  const memory = (size: QuestionSize) => questionMemory(equipped, size);
  const withScratch = { ...asked, model: { ...asked.model, memory } };
  const [less, more] = [wholeQuestion(asked).memory, wholeQuestion(withScratch).memory];
  expect(more.working - less.working).toBe(kernelScratchBytes);
  expect(kernelScratchBytes).toBe(32 * 2 ** 20);
});
