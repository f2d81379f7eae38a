// The shape of the lines of a run's file, as they must be when they are read again.

import * as v from 'valibot';
import { questionKinds } from './question-set.ts';
import { kernelFamilies, kvFormats, weightFormats } from './setting-names.ts';

const finite = v.pipe(v.number(), v.finite('must be a number'));
const counted = v.pipe(
  v.number(),
  v.safeInteger('must be a whole number'),
  v.minValue(0, 'must be 0 or more'),
);
const share = v.pipe(finite, v.minValue(0, 'must be 0 or more'), v.maxValue(1, 'must be 1 or less'));

const settings = v.object({
  model: v.string(),
  weights: v.exactOptional(v.picklist(weightFormats, 'must be a format of weights')),
  kv: v.exactOptional(v.picklist(kvFormats, 'must be a format of keys and values')),
  kernels: v.exactOptional(v.picklist(kernelFamilies, 'must be a family of kernels')),
  maxNewTokens: v.exactOptional(counted),
  maxCrops: v.exactOptional(counted),
  maxFrames: v.exactOptional(counted),
  maxFps: v.exactOptional(finite),
});

const info = v.object({
  model: v.string(),
  adapter: v.object({
    vendor: v.string(),
    architecture: v.string(),
    description: v.string(),
    isFallbackAdapter: v.boolean(),
  }),
  parameters: counted,
  maxPositions: counted,
  maxFrames: counted,
  maxCrops: counted,
  loadMs: finite,
  tuned: v.record(v.string(), v.string()),
  notices: v.array(v.string()),
});

export const headSchema = v.object({
  format: v.literal('molmo2-eval', 'must be "molmo2-eval"'),
  version: v.literal(1, 'must be 1, which this release reads'),
  settings,
  set: v.object({
    name: v.string(),
    questions: counted,
    sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hexadecimal')),
  }),
  info,
  packageVersion: v.string(),
  startedAt: v.string(),
});

const points = v.object({
  hits: counted,
  predicted: counted,
  expected: counted,
  precision: share,
  recall: share,
  f1: share,
});
const count = v.object({
  truth: counted,
  predicted: v.nullable(finite),
  isCorrect: v.boolean(),
  isWithinOne: v.boolean(),
  isClose: v.boolean(),
});
const hotaAt = v.object({
  alpha: share,
  matches: counted,
  misses: counted,
  falsePositives: counted,
  hota: share,
  detA: share,
  assA: share,
});
const hota = v.object({ hota: share, detA: share, assA: share, half: hotaAt, at: v.array(hotaAt) });
const clear = v.object({
  matches: counted,
  misses: counted,
  falsePositives: counted,
  switches: counted,
  mota: finite,
  motp: finite,
});
const moments = v.object({ precision: share, recall: share, f1: share });

const caption = v.object({
  stated: counted,
  supported: counted,
  expected: counted,
  covered: counted,
  precision: share,
  recall: share,
  f1: share,
});
const judged = v.array(v.object({ statement: v.string(), isRight: v.boolean() }));

const score = v.variant('kind', [
  v.object({ kind: v.picklist(['points', 'video-points']), score: share, points }),
  v.object({ kind: v.literal('count'), score: share, count }),
  v.object({ kind: v.literal('tracks'), score: share, hota, clear, moments }),
  v.object({ kind: v.picklist(['choice', 'short']), score: share }),
  v.object({
    kind: v.literal('caption'),
    score: share,
    judge: v.string(),
    caption,
    statements: v.object({ stated: judged, expected: judged }),
  }),
]);

const answer = v.object({
  text: v.string(),
  finishReason: v.picklist(['stop', 'length', 'cancelled'], 'must be stop, length or cancelled'),
  usage: v.object({
    promptTokens: counted,
    visionTokens: counted,
    visionCrops: counted,
    newTokens: counted,
  }),
  timings: v.object({
    loadMs: finite,
    mediaMs: finite,
    visionMs: finite,
    prefillMs: finite,
    decodeMs: finite,
    totalMs: finite,
  }),
});

export const askedSchema = v.object({
  id: v.pipe(v.string(), v.minLength(1, 'must not be empty')),
  kind: v.picklist(questionKinds, 'must be a kind of question'),
  category: v.exactOptional(v.string()),
  prompt: v.string(),
  answer: v.nullable(answer),
  score: v.nullable(score),
  error: v.exactOptional(v.object({ code: v.string(), message: v.string() })),
});
