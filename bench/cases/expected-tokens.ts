// What a mask costs a token: the loop of answers that must be something, and beside it the loops without a mask that run ahead
// and that wait for each token.

import { Grammars } from '../../src/constraints/grammars.ts';
import type { Guide } from '../../src/constraints/guide.ts';
import { allows } from '../../src/constraints/token-masks.ts';
import { KvCache } from '../../src/decoder/kv-cache.ts';
import { TokenLoop } from '../../src/engine/decode/token-loop.ts';
import type { Expectation } from '../../src/api.ts';
import type { ModelConfig } from '../../src/config.ts';
import { fillLayer } from '../inputs/kv-values.ts';
import { randomPiece } from '../inputs/random-vocabulary.ts';
import { randomWeights } from '../inputs/random-weights.ts';
import { machineOf } from '../measure/machine.ts';
import { median } from '../measure/statistics.ts';
import type { BenchCase, CaseContext, CheckResult, Figures, OpenCase } from '../measure/types.ts';
import { cutModel } from './released-shapes.ts';
import { textShapes } from './token-loop.ts';
import { narrowModel } from './whole-models.ts';

const vocabulary = 151_936;
const cached = 1024;
const loopTokens = { gpu: 64, software: 8 } as const;
const greedy = { temperature: 0, topK: Infinity, topP: 1, minP: 0 };

const times = Array.from({ length: 384 }, (_, i) => (i / 2).toFixed(1));

/** Tags leave few tokens open and count; in a short text nearly all are open, and how many signs are left changes the mask. */
const expectations: readonly { readonly name: string; readonly expect: Expectation }[] = [
  { name: 'tracks', expect: 'tracks' },
  { name: 'a text', expect: { jsonSchema: { type: 'string', minLength: 4000, maxLength: 5000 } } },
];

export function expectedTokenCases(): BenchCase[] {
  const [narrow, released] = [narrowModel(vocabulary), cutModel({ layers: 36, vocabulary })];
  return expectations.flatMap(({ name, expect }) => [
    expectedCase('2 narrow layers', narrow, name, expect, true),
    expectedCase('4B', released, name, expect, false),
  ]);
}

function expectedCase(
  model: string,
  config: ModelConfig,
  name: string,
  expect: Expectation,
  software: boolean,
): BenchCase {
  return {
    suite: 'decode',
    name: `a token that must be of ${name}, q4, f16 cache`,
    shape: `${model}, ${vocabulary} words, ${cached} tokens before it`,
    work: null,
    denominator: null,
    software,
    whole: true,
    worth: software ? 3 : 2,
    gpuSec: 8,
    open: (context) => openLoops(context, config, expect),
  };
}

async function openLoops(context: CaseContext, config: ModelConfig, expect: Expectation): Promise<OpenCase> {
  const { runner } = context;
  const { text } = config;
  const tokens = machineOf(runner).software ? loopTokens.software : loopTokens.gpu;
  const weights = await randomWeights(runner, new Map(textShapes(config)), 'q4', 13);
  const cache = new KvCache(runner.device, text, cached + tokens + 1, 'f16');
  const heads = { heads: text.numHeads, kvHeads: text.numKvHeads, headDim: text.headDim };
  const grammars = new Grammars({ vocabSize: vocabulary, endIds: [], piece: randomPiece });
  const newGuide = () => grammars.guide(expect, times);
  const destroy = () => {
    cache.destroy();
    weights.destroy();
  };
  try {
    for (const layer of cache.layers) await fillLayer(runner, layer, cached, heads, 17);
    const loop = await TokenLoop.create(runner, text, weights, cache);
    const loops = { loop, cache, tokens };
    return {
      ours: {
        name: 'molmo2-webgpu',
        async run(runs) {
          const startMs = performance.now();
          for (let i = 0; i < runs; i++) await runGuided(loops, newGuide());
          return (performance.now() - startMs) / tokens;
        },
      },
      peer: null,
      check: () => checkChoice(loops, newGuide()),
      figures: () => loopFigures(loops, newGuide, expect),
      close() {
        loop.destroy();
        destroy();
      },
    };
  } catch (error) {
    destroy();
    throw error;
  }
}

interface Loops {
  readonly loop: TokenLoop;
  readonly cache: KvCache;
  readonly tokens: number;
}

async function runGuided({ loop, cache, tokens }: Loops, guide: Guide): Promise<void> {
  cache.length = cached;
  const expected = loop.expected(1, () => guide.mask, { endIds: [], limit: tokens });
  for await (const id of expected) guide.take(id);
}

/** Without a mask; `window` tokens are under way, by default as many as answers have. */
async function runPlain({ loop, cache, tokens }: Loops, window?: number): Promise<void> {
  cache.length = cached;
  for await (const _ of loop.greedy(1, { endIds: [], limit: tokens, window }));
}

/** The choice is the likeliest of what is allowed. */
async function checkChoice({ loop, cache }: Loops, guide: Guide): Promise<CheckResult> {
  cache.length = cached;
  loop.feed(1);
  const logits = await loop.logits();
  let best = -1;
  logits.forEach((logit, id) => {
    if (allows(guide.mask, id) && (best < 0 || logit > (logits[best] ?? 0))) best = id;
  });
  const ok = (await loop.choose(guide.mask, greedy, 0)) === best;
  return { ok, error: ok ? 0 : 1, limit: 0 };
}

const rounds = 5;

/** Medians of loops in turn, per token; and what masks take on this side, for states that are new and for known ones. */
async function loopFigures(loops: Loops, newGuide: () => Guide, expect: Expectation): Promise<Figures> {
  const timesOf = { guided: [] as number[], plain: [] as number[], waiting: [] as number[] };
  const timed = async (list: number[], run: () => Promise<void>) => {
    const startMs = performance.now();
    await run();
    list.push((performance.now() - startMs) / loops.tokens);
  };
  for (let round = 0; round < rounds; round++) {
    await timed(timesOf.guided, () => runGuided(loops, newGuide()));
    await timed(timesOf.plain, () => runPlain(loops));
    await timed(timesOf.waiting, () => runPlain(loops, 1));
  }
  return {
    maskedMs: median(timesOf.guided),
    plainMs: median(timesOf.plain),
    waitingMs: median(timesOf.waiting),
    ...maskTimes(expect),
  };
}

/** Milliseconds on this side: all that stands before the first mask, and masks of new and of known states per token. */
function maskTimes(expect: Expectation): Figures {
  const startMs = performance.now();
  const grammars = new Grammars({ vocabSize: vocabulary, endIds: [], piece: randomPiece });
  const first = grammars.guide(expect, times);
  void first.mask;
  const firstMaskMs = performance.now() - startMs;
  const ids: number[] = [];
  const walk = (guide: Guide): number[] =>
    Array.from({ length: loopTokens.gpu }, (_, i) => {
      const fromMs = performance.now();
      const { mask } = guide;
      const tookMs = performance.now() - fromMs;
      const id = (ids[i] ??= someAllowed(mask, i));
      guide.take(id);
      return tookMs;
    });
  const unknown = walk(first);
  const known = walk(grammars.guide(expect, times));
  const mean = (list: readonly number[]) => list.reduce((sum, ms) => sum + ms, 0) / list.length;
  return {
    firstMaskMs,
    newMaskMs: mean(unknown),
    slowestMaskMs: Math.max(...unknown),
    knownMaskMs: mean(known),
  };
}

/** An allowed token, another one each time. */
function someAllowed(mask: Uint32Array, turn: number): number {
  const start = (turn * 40_503) % vocabulary;
  for (let i = 0; i < vocabulary; i++) {
    const id = (start + i) % vocabulary;
    if (allows(mask, id)) return id;
  }
  return 0;
}
