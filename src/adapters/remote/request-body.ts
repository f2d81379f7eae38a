// How to answer, as an OpenAI-shaped server that is vLLM takes it. Every default is sent: the server's own may be others.

import type { AskOptions } from '../../api.ts';
import { guidance } from './expected-answer.ts';

type Check = (value: number) => boolean;
type Numbers = Exclude<
  { [K in keyof AskOptions]-?: number extends AskOptions[K] ? K : never }[keyof AskOptions],
  'logprobs'
>;

const from =
  (low: number, high: number): Check =>
  (value) =>
    value >= low && value <= high;
const whole: Check = (value) => Number.isSafeInteger(value);
const count: Check = (value) => whole(value) && value >= 1;
const above =
  (low: number): Check =>
  (value) =>
    value > low && value < Infinity;

/** The request's name of each option, its default, which numbers it takes, and these in words. */
const numbers: Readonly<Record<Numbers, readonly [string, number | undefined, Check, string]>> = {
  maxNewTokens: ['max_completion_tokens', 2048, count, 'a positive integer'],
  temperature: ['temperature', 0, from(0, Number.MAX_VALUE), '0 or more'],
  topK: ['top_k', -1, count, 'a positive integer'],
  topP: ['top_p', 1, (value) => value > 0 && value <= 1, 'above 0 and at most 1'],
  minP: ['min_p', 0, from(0, 1), 'from 0 to 1'],
  seed: ['seed', 0, whole, 'an integer'],
  repetitionPenalty: ['repetition_penalty', 1, above(0), 'above 0'],
  frequencyPenalty: ['frequency_penalty', 0, from(-2, 2), 'from -2 to 2'],
  presencePenalty: ['presence_penalty', 0, from(-2, 2), 'from -2 to 2'],
};

function checked(name: string, value: number, ok: Check, wanted: string): number {
  if (ok(value)) return value;
  throw new RangeError(`options.${name} must be ${wanted}, got ${String(value)}.`);
}

/** Fields of a request. @throws RangeError or TypeError naming the option. */
export function answerFields(options: AskOptions): Readonly<Record<string, unknown>> {
  for (const name of ['kv', 'trace'] as const)
    if (options[name] !== undefined)
      throw new TypeError(`options.${name} is of the engine on this machine, and a server has its own. Leave it out.`); // prettier-ignore
  const { stop, logprobs, logitBias = {}, expect } = options;
  const fields: Record<string, unknown> = {};
  for (const [name, [field, otherwise, ok, wanted]] of Object.entries(numbers)) {
    const value = options[name as Numbers];
    fields[field] = value === undefined || (name === 'topK' && value === Infinity) ? otherwise : checked(name, value, ok, wanted); // prettier-ignore
  }
  if (stop !== undefined) fields['stop'] = stop;
  if (logprobs !== undefined) {
    fields['logprobs'] = true;
    fields['top_logprobs'] = checked('logprobs', logprobs, (value) => whole(value) && from(0, 20)(value), 'an integer from 0 to 20'); // prettier-ignore
  }
  const bias = Object.entries(logitBias);
  for (const [id, value] of bias) checked(`logitBias[${id}]`, value, from(-100, 100), 'from -100 to 100');
  if (bias.length > 0) fields['logit_bias'] = logitBias;
  return { ...fields, ...guidance(expect) };
}
