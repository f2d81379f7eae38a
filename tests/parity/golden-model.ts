// Asks a model about a golden case and compares with PyTorch's tensors; what a test runner makes of it is another file's
// business, so that the benchmark's archive can check the same numbers on a machine with nothing installed.

import type { AskInput, AskOptions, ChatMessage, Trace, TraceTensor, Usage } from '../../src/api.ts';
import type { Molmo2 } from '../../src/index.ts';
import { argmaxOf, relativeError } from '../compare.ts';
import { fixtureBytes, fixtureJson, fixtureUrl } from '../fixture-files.ts';
import { readSafetensors, type LoadedTensor } from '../safetensors.ts';

export interface GoldenCase {
  readonly name: string;
  readonly checkpoint: 'qwen3' | 'olmo';
  readonly messages: readonly ChatMessage[];
  readonly media: readonly string[];
  readonly kind: 'text' | 'image' | 'video';
  readonly timestamps: readonly number[] | null;
  readonly input_ids: readonly number[];
  readonly positions: readonly number[];
  readonly generated: readonly number[];
  readonly margins: readonly number[];
  readonly tensors: string;
}

export async function goldenCases(): Promise<readonly GoldenCase[]> {
  const index = (await fixtureJson('golden/index.json')) as { cases: GoldenCase[] };
  return index.cases;
}

/** The folder of a case's checkpoint. */
export function goldenCheckpoint(name: GoldenCase['checkpoint']): URL {
  return fixtureUrl(`golden/checkpoint-${name}/`);
}

export type Tensors = ReadonlyMap<string, LoadedTensor>;

export async function expectedTensors(golden: GoldenCase): Promise<Tensors> {
  return readSafetensors(await fixtureBytes(`golden/${golden.tensors}`));
}

/** What a case asks. */
export function goldenInput({ kind, messages, media, timestamps }: GoldenCase): AskInput {
  const files = media.map((file) => fixtureUrl(`golden/${file}`));
  if (kind === 'video') return { messages, video: { frames: files, timestamps: timestamps ?? [] } };
  return { messages, images: files };
}

/**
 * Runs a case with the listed ids fed in place of the model's own, and returns the tensors on the way and what it took.
 * Keys and values are exact unless another format is asked for.
 */
export async function tracedRun(
  molmo: Molmo2,
  golden: GoldenCase,
  kv?: AskOptions['kv'],
): Promise<{ readonly trace: Trace; readonly usage: Usage }> {
  const options = { trace: { positions: golden.positions, forceIds: golden.generated }, ...(kv && { kv }) };
  let trace: Trace | null = null;
  for await (const event of molmo.ask(goldenInput(golden), options)) {
    if (event.type === 'trace') ({ trace } = event);
    if (event.type === 'done' && trace) return { trace, usage: event.answer.usage };
  }
  throw new Error('the answer ended without a trace');
}

/** The tensors of a run alone. */
export async function traceOf(molmo: Molmo2, golden: GoldenCase, kv?: AskOptions['kv']): Promise<Trace> {
  return (await tracedRun(molmo, golden, kv)).trace;
}

/** One demand of a case: a number that must not be above its limit. */
export interface Finding {
  readonly what: string;
  readonly value: number;
  readonly limit: number;
}

export function holds({ value, limit }: Finding): boolean {
  return value <= limit;
}

const featureLimit = 2e-4;
const decodeLimit = 5e-4;
// Where the two likeliest words are closer, rounding decides.
const clearMargin = 0.01;

/** All that a case demands: every tensor on the way as the PyTorch model has it, and its choices. */
export function compareGolden(golden: GoldenCase, expected: Tensors, trace: Trace): Finding[] {
  return [
    equal('input_ids that differ', data(trace['input_ids']), golden.input_ids),
    ...preprocessing(expected, trace),
    ...features(golden, expected, trace),
    near('logits_at', data(trace['logits_at']), expected.get('logits_at')?.data ?? [], featureLimit),
    ...decoding(golden, expected, trace),
  ];
}

function data(tensor: TraceTensor | undefined): Float32Array | Int32Array | Uint8Array {
  if (!tensor) throw new Error('the trace lacks a tensor');
  return tensor.data;
}

function near(what: string, actual: ArrayLike<number>, wanted: ArrayLike<number>, limit: number): Finding {
  const known = actual.length === wanted.length && wanted.length > 0;
  const error = known ? relativeError(actual, wanted) : Infinity;
  return { what, value: Number.isNaN(error) ? Infinity : error, limit };
}

/** How many values differ; a length that differs counts as all of them. */
function equal(what: string, actual: ArrayLike<number>, wanted: ArrayLike<number>): Finding {
  const { count } = differences(actual, wanted);
  return { what, value: actual.length === wanted.length ? count : Infinity, limit: 0 };
}

function differences(actual: ArrayLike<number>, expected: ArrayLike<number>) {
  let count = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs((actual[i] ?? NaN) - (expected[i] ?? NaN));
    if (difference !== 0) count += 1;
    largest = Math.max(largest, difference);
  }
  return { count, largest };
}

function sameShape(name: string, expected: LoadedTensor, trace: Trace): Finding {
  return equal(`sizes of ${name} that differ`, trace[name]?.shape ?? [], expected.shape);
}

function preprocessing(expected: Tensors, trace: Trace): Finding[] {
  const found: Finding[] = [];
  const pooling = expected.get('pooling');
  if (pooling)
    found.push(
      sameShape('pooling', pooling, trace),
      equal('pooling entries that differ', data(trace['pooling']), pooling.data),
    );
  const pixels = expected.get('pixels_u8');
  if (pixels) {
    const { count, largest } = differences(data(trace['pixels_u8']), pixels.data);
    found.push(
      sameShape('pixels_u8', pixels, trace),
      { what: 'share of pixels that differ', value: count / pixels.data.length, limit: 1e-5 },
      { what: 'largest difference of a pixel', value: Number.isNaN(largest) ? Infinity : largest, limit: 1 },
    );
  }
  return found;
}

function features(golden: GoldenCase, expected: Tensors, trace: Trace): Finding[] {
  const wanted = expected.get('vision_features');
  if (!wanted) return [{ what: 'missing features', value: golden.media.length, limit: 0 }];
  return [
    sameShape('vision_features', wanted, trace),
    near('vision_features', data(trace['vision_features']), wanted.data, featureLimit),
  ];
}

/** Every row of logits while the case's own answer is fed, and the model's choice wherever it is not a near tie. */
function decoding(golden: GoldenCase, expected: Tensors, trace: Trace): Finding[] {
  const rows = expected.get('decode_logits');
  const [steps = 0, vocab = 0] = rows?.shape ?? [];
  let worst = 0;
  let wrongChoices = 0;
  for (let step = 0; step < steps; step++) {
    const of = (values: LoadedTensor['data']) => values.subarray(step * vocab, (step + 1) * vocab);
    const actual = of(data(trace['decode_logits']));
    worst = Math.max(worst, near('row', actual, rows ? of(rows.data) : [], decodeLimit).value);
    const clear = (golden.margins[step] ?? 0) > clearMargin;
    if (clear && argmaxOf(actual) !== golden.generated[step]) wrongChoices += 1;
  }
  return [
    equal('decode rows or words that are missing', trace['decode_logits']?.shape ?? [], [
      golden.generated.length,
      vocab,
    ]),
    {
      what: 'decode_logits, worst row',
      value: steps === golden.generated.length ? worst : Infinity,
      limit: decodeLimit,
    },
    { what: 'choices that differ', value: wrongChoices, limit: 0 },
  ];
}
