// The options of a question with their defaults filled in, and refused when they make no sense.

import type { AskOptions, Expectation } from '../../api.ts';
import type { LogitsOptions, Penalties } from '../../decoder/logits-processors.ts';
import type { SamplingOptions } from '../../decoder/sampling.ts';
import { kvFormats, type KvFormat } from '../../kernels/attention/kv-layer.ts';

export interface AskSettings extends LogitsOptions {
  readonly maxNewTokens: number;
  readonly sampling: SamplingOptions;
  readonly seed: number;
  /** Strings before which the text ends. */
  readonly stop: readonly string[];
  /** How many likely tokens are told beside each chosen one; null where no log probabilities are wanted. */
  readonly logprobs: number | null;
  /** What the answer must be; null for anything. */
  readonly expect: Expectation | null;
  /** Format of keys and values; null leaves it to the model and the conversation. */
  readonly kv: KvFormat | null;
  /** Whether the question is answered as it was asked or not at all. */
  readonly exact: boolean;
}

function check(ok: boolean, name: string, wanted: string, value: unknown): void {
  if (!ok) throw new RangeError(`options.${name} must be ${wanted}, got ${String(value)}.`);
}

const isCount = (value: number) => Number.isSafeInteger(value) && value >= 1;
const isWithin = (value: number, from: number, to: number) =>
  Number.isFinite(value) && value >= from && value <= to;

const mostLogprobs = 20; // as OpenAI's API has it
const mostBias = 100;

/** Fills in defaults. Throws RangeError or TypeError naming the option. */
export function askSettings(options: Omit<AskOptions, 'signal'>): AskSettings {
  const { maxNewTokens = 2048, seed = 0, kv = null, logprobs = null, expect = null, fit = 'less' } = options;
  check(isCount(maxNewTokens), 'maxNewTokens', 'a positive integer', maxNewTokens);
  check(Number.isSafeInteger(seed), 'seed', 'an integer', seed);
  check(fit === 'less' || fit === 'exact', 'fit', '"less" or "exact"', fit);
  check(kv === null || kvFormats.includes(kv), 'kv', kvFormats.map((name) => `"${name}"`).join(', '), kv);
  check(
    logprobs === null || (Number.isSafeInteger(logprobs) && isWithin(logprobs, 0, mostLogprobs)),
    'logprobs',
    `an integer from 0 to ${mostLogprobs}`,
    logprobs,
  );
  if (expect !== null && options.trace?.forceIds)
    throw new TypeError(
      'options.expect and options.trace.forceIds exclude each other: tokens that are given are not chosen.',
    );
  return {
    maxNewTokens,
    sampling: samplingOf(options),
    seed,
    stop: stopOf(options.stop),
    logprobs,
    expect,
    kv,
    // A trace is compared with another implementation, token by token.
    exact: fit === 'exact' || options.trace !== undefined,
    logitBias: biasOf(options.logitBias),
    penalties: penaltiesOf(options),
  };
}

function samplingOf(options: AskOptions): SamplingOptions {
  const { temperature = 0, topK = Infinity, topP = 1, minP = 0 } = options;
  check(Number.isFinite(temperature) && temperature >= 0, 'temperature', '0 or more', temperature);
  check(topK === Infinity || isCount(topK), 'topK', 'a positive integer', topK);
  check(topP > 0 && topP <= 1, 'topP', 'above 0 and at most 1', topP);
  check(isWithin(minP, 0, 1), 'minP', 'from 0 to 1', minP);
  return { temperature, topK, topP, minP };
}

function penaltiesOf(options: AskOptions): Penalties {
  const { repetitionPenalty: repetition = 1, frequencyPenalty = 0, presencePenalty = 0 } = options;
  check(Number.isFinite(repetition) && repetition > 0, 'repetitionPenalty', 'above 0', repetition);
  check(isWithin(frequencyPenalty, -2, 2), 'frequencyPenalty', 'from -2 to 2', frequencyPenalty);
  check(isWithin(presencePenalty, -2, 2), 'presencePenalty', 'from -2 to 2', presencePenalty);
  return { repetition, frequency: frequencyPenalty, presence: presencePenalty };
}

function stopOf(stop: AskOptions['stop'] = []): readonly string[] {
  const list: readonly unknown[] = typeof stop === 'string' ? [stop] : stop;
  if (!Array.isArray(list))
    throw new TypeError(`options.stop must be a string or a list of strings, got ${typeof stop}.`);
  return list.map((one: unknown, i) => {
    if (typeof one === 'string' && one !== '') return one;
    throw new TypeError(
      `options.stop must be strings of at least one character; number ${i + 1} is ${JSON.stringify(one) ?? String(one)}.`,
    );
  });
}

function biasOf(biases: AskOptions['logitBias'] = {}): ReadonlyMap<number, number> {
  if (typeof biases !== 'object' || biases === null || Array.isArray(biases))
    throw new TypeError(
      `options.logitBias must be an object of token ids and numbers such as { 42: -100 }, got ${JSON.stringify(biases)}.`,
    );
  return new Map(
    Object.entries(biases).map(([key, bias]) => {
      check(/^\d+$/.test(key), 'logitBias', 'an object whose keys are token ids', `the key "${key}"`);
      check(
        isWithin(bias, -mostBias, mostBias),
        `logitBias[${key}]`,
        `from -${mostBias} to ${mostBias}`,
        bias,
      );
      return [Number(key), bias];
    }),
  );
}

/** Refuses a bias for an id that the model cannot choose; `vocabSize` ids have logits. Throws RangeError. */
export function checkBias({ logitBias }: LogitsOptions, vocabSize: number): void {
  for (const id of logitBias.keys())
    check(id < vocabSize, 'logitBias', `an object of token ids from 0 to ${vocabSize - 1}`, `the id ${id}`);
}
