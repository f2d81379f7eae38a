// From pixels to the logits of the first token, at the 4B's true shapes with random weights: a picture of 640 x 480, and
// videos of 128 and 384 frames, whose 33,000 tokens are the longest prompts there are. Decoding of media is not in it.

import type { ModelConfig } from '../../src/config.ts';
import type { KvCache } from '../../src/decoder/kv-cache.ts';
import { LanguageModel } from '../../src/engine/gpu/language-model.ts';
import type { VisualPiece } from '../../src/engine/visual/visual-pieces.ts';
import { VisionEncoder } from '../../src/engine/gpu/vision-encoder.ts';
import { portableSettings } from '../../src/gpu/kernel-settings.ts';
import { GpuRunner } from '../../src/gpu/runner.ts';
import { expectedTensors } from '../../src/weights/checkpoint/tensor-names.ts';
import type { Weights } from '../../src/weights/store/weights.ts';
import { checked } from '../measure/check.ts';
import { productLimit } from '../measure/limits.ts';
import { randomBits } from '../inputs/random.ts';
import { randomWeights } from '../inputs/random-weights.ts';
import type { BenchCase, CaseContext, CheckResult, OpenCase } from '../measure/types.ts';
import { visualPrompt, type VisualShape } from '../inputs/visual-prompt.ts';
import { narrowModel, processorOf, releasedModel } from './whole-models.ts';

interface Work {
  readonly name: string;
  readonly config: ModelConfig;
  readonly visual: VisualShape;
  readonly software: boolean;
  readonly rounds?: number;
  readonly worth: 1 | 2 | 3 | 4;
  readonly gpuSec: number;
}

export function firstTokenCases(): BenchCase[] {
  const released = releasedModel();
  const frames = { kind: 'video', patches: 729, window: 9 } as const;
  const works: Work[] = [
    {
      name: 'narrow model, 4 frames',
      config: narrowModel(),
      visual: { ...frames, patches: 81, crops: 4 },
      software: true,
      worth: 3,
      gpuSec: 3,
    },
    {
      name: '4B, picture of 640 x 480',
      config: released,
      // Four crops and a global one: 2,900 pooled patches in windows of four, 41 markers.
      visual: { kind: 'image', patches: 729, crops: 5, window: 4, tokens: 725, markers: 41 },
      software: false,
      worth: 1,
      gpuSec: 8,
    },
    {
      name: '4B, 128 frames',
      config: released,
      visual: { ...frames, crops: 128 },
      software: false,
      rounds: 2,
      worth: 2,
      gpuSec: 30,
    },
    {
      name: '4B, 384 frames',
      config: released,
      visual: { ...frames, crops: 384 },
      software: false,
      rounds: 1,
      worth: 4,
      gpuSec: 60,
    },
  ];
  return works.flatMap((work) => {
    const runs = new Runs(work);
    const of = (part: keyof Times): BenchCase => ({
      suite: 'video',
      name: `first token, ${part}`,
      shape: `${work.name}, ${visualPrompt(work.visual, work.config).ids.length} tokens`,
      work: null,
      denominator: null,
      software: work.software,
      whole: true,
      worth: work.worth,
      // The other parts are read from the runs of the first.
      get gpuSec() {
        return runs.measured ? 0 : work.gpuSec;
      },
      ...(work.rounds && { rounds: work.rounds }),
      open: (context) => runs.open(context, part),
    });
    return [of('all'), of('vision'), of('prefill')];
  });
}

interface Times {
  readonly all: number;
  readonly vision: number;
  readonly prefill: number;
}

/** Runs of one prompt, whose times three rows share. */
class Runs {
  readonly #work: Work;
  readonly #times: Times[] = [];
  #check: CheckResult | null = null;

  constructor(work: Work) {
    this.#work = work;
  }

  get measured(): boolean {
    return this.#times.length > 0;
  }

  async open(context: CaseContext, part: keyof Times): Promise<OpenCase> {
    let model: Promise<OpenModel> | null = null;
    const opened = () => (model ??= openModel(context, this.#work));
    let next = 0;
    if (part === 'all') this.#times.length = 0;
    const run = async () => {
      if (this.#times.length <= next) this.#times.push((await pass(await opened(), this.#work.visual)).times);
      return this.#times[next++]?.[part] ?? NaN;
    };
    const check = async () => {
      if (part === 'all' || this.#check === null) this.#check = await checkModel(await opened(), this.#work);
      return this.#check;
    };
    return Promise.resolve({
      ours: { name: 'molmo2-webgpu', run },
      peer: null,
      check,
      close: () => void model?.then((open) => open.close()).catch(() => {}),
    });
  }
}

interface OpenModel {
  readonly context: CaseContext;
  readonly config: ModelConfig;
  readonly weights: Weights;
  readonly language: LanguageModel;
  readonly vision: VisionEncoder;
  close(): void;
}

async function openModel(context: CaseContext, { config }: Work): Promise<OpenModel> {
  const { runner } = context;
  const shapes = [...expectedTensors(config)];
  const isVision = ([name]: readonly [string, unknown]) => name.includes('vision_backbone');
  // As a bundle in q4 stores them.
  const seen = await randomWeights(runner, new Map(shapes.filter(isVision)), 'f16', 21);
  const read = await randomWeights(runner, new Map(shapes.filter((shape) => !isVision(shape))), 'q4', 22);
  const of = (name: string) => (name.includes('vision_backbone') ? seen : read);
  const weights: Weights = {
    get: (name) => of(name).get(name),
    matrix: (name) => of(name).matrix(name),
    parameters: seen.parameters + read.parameters,
    byteLength: seen.byteLength + read.byteLength,
    destroy() {
      seen.destroy();
      read.destroy();
    },
  };
  const open = parts(context.runner, config, weights);
  return {
    context,
    config,
    weights,
    ...open,
    close() {
      open.vision.destroy();
      open.language.destroy();
      weights.destroy();
    },
  };
}

function parts(runner: GpuRunner, config: ModelConfig, weights: Weights) {
  return {
    language: new LanguageModel(runner, config.text, weights),
    vision: new VisionEncoder(runner, config, processorOf(config), weights),
  };
}

/** One prompt, from patches to logits. */
async function pass(
  { language, vision, config }: Pick<OpenModel, 'language' | 'vision' | 'config'>,
  visual: VisualShape,
): Promise<{ times: Times; logits: Float32Array }> {
  const prompt = visualPrompt(visual, config);
  let cache: KvCache | null = null;
  try {
    cache = language.createCache(prompt.ids.length + 1, 'f16');
    const startMs = performance.now();
    const crops = visual.kind === 'image' ? visual.crops : Math.min(vision.batchCrops, visual.crops);
    const largest = { crops, tokens: (crops * prompt.features) / visual.crops, window: visual.window };
    const prefill = language.begin(cache, prompt, vision.tensors(largest));
    try {
      await prefill.embed();
      if (!prefill.vision) throw new Error('a prompt with pictures has no memory for them');
      const pieces = visualPieces(visual, config, crops);
      await vision.encode(visual.kind, pieces, prompt.features, prefill.vision, prefill);
      const visionMs = performance.now() - startMs;
      const logits = await prefill.run([prompt.ids.length - 1]);
      const all = performance.now() - startMs;
      return { times: { all, vision: visionMs, prefill: all - visionMs }, logits };
    } finally {
      prefill.close();
    }
  } finally {
    cache?.destroy();
  }
}

function* visualPieces(visual: VisualShape, { vit }: ModelConfig, most: number): Generator<VisualPiece> {
  const bits = randomBits(31);
  const cropBytes = vit.numPatches * vit.patchSize * vit.patchSize * 3;
  const patches = Uint8Array.from({ length: most * cropBytes }, bits);
  const tokensOf = (crops: number) =>
    visual.kind === 'image' ? visual.tokens : (crops * vit.numPatches) / visual.window;
  for (let first = 0; first < visual.crops; first += most) {
    const crops = Math.min(most, visual.crops - first);
    // Which patches a token pools costs nothing; here they are neighbours in the order of memory.
    const pooling = Int32Array.from({ length: tokensOf(crops) * visual.window }, (_, i) => i);
    const own = patches.subarray(0, crops * cropBytes);
    yield { patches: own, crops, pooling, window: visual.window, keys: [] };
  }
}

/** The logits of a short prompt against those of the kernels that run everywhere. */
async function checkModel(open: OpenModel, { visual, config }: Work): Promise<CheckResult> {
  const { runner, kernels } = open.context;
  const short = visual.kind === 'image' ? visual : { ...visual, crops: Math.min(2, visual.crops) };
  const { logits } = await pass(open, short);
  const { device, adapter } = runner;
  const { capabilities } = portableSettings;
  const portable = new GpuRunner(
    { device, adapter, capabilities, lostReason: null, errors: [] },
    portableSettings,
  );
  const other = { config, ...parts(portable, config, open.weights) };
  try {
    const expected = (await pass(other, short)).logits;
    // Differences of one layer grow through the next ones.
    const layers = config.vit.numBlocks + config.text.numLayers;
    const limit = productLimit(kernels, { rows: layers, format: 'q4' }); // a prompt has many rows
    return checked(logits, expected, limit * Math.sqrt(layers));
  } finally {
    other.vision.destroy();
    other.language.destroy();
  }
}
