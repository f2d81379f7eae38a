// The arguments of `ask` -> what to load, what to ask, how to answer and what to write. Pure; refuses what makes no sense.

import type { AskOptions, TraceOptions, WindowsInput } from '../src/index.ts';
import { parseArguments, type Takes } from './arguments.ts';
import {
  askedOf,
  checkNeeds,
  given,
  inputAliases,
  inputFlags,
  kvOf,
  type Asked,
  type Needs,
} from './ask-input.ts';
import { writtenExpectation, type WrittenExpectation } from './expectation.ts';
import { UsageError } from './failure.ts';
import { optionReader, type OptionReader } from './option-reader.ts';

/** Seconds; what was not given is chosen by the model. */
export type Walk = Pick<WindowsInput, 'windowSec' | 'overlapSec'>;

export interface AskRun extends Asked {
  readonly options: Omit<AskOptions, 'signal' | 'expect'>;
  readonly expect: WrittenExpectation | null;
  readonly json: boolean;
  /** Whether only what the question would take is wanted. */
  readonly plan: boolean;
  /** How a long video is walked; null where it is asked about at once. */
  readonly walk: Walk | null;
  readonly overlayFile: string | null;
  readonly traceFile: string | null;
}

const accepted = {
  ...inputFlags,
  '--max-new-tokens': 'one',
  '--temperature': 'one',
  '--top-k': 'one',
  '--top-p': 'one',
  '--min-p': 'one',
  '--seed': 'one',
  '--repetition-penalty': 'one',
  '--frequency-penalty': 'one',
  '--presence-penalty': 'one',
  '--logit-bias': 'one',
  '--stop': 'repeat',
  '--logprobs': 'one',
  '--expect': 'one',
  '--fit': 'one',
  '--window': 'one',
  '--overlap': 'one',
  '--plan': 'none',
  '--json': 'none',
  '--overlay': 'one',
  '--trace': 'one',
  '--trace-positions': 'one',
  '--force-ids': 'one',
} as const satisfies Record<string, Takes>;

type AskFlag = keyof typeof accepted;

/** Reads the arguments behind `ask`. Throws UsageError, which says what is wrong and what to write. */
export function askOptions(args: readonly string[]): AskRun {
  const { options, words } = parseArguments(args, accepted, inputAliases);
  const read = optionReader<AskFlag>(options);
  const asked = askedOf(read, words);
  checkNeeds(read, dependent, advice);
  for (const output of ['--overlay', '--trace'] as const)
    if (read.has('--plan') && read.has(output))
      throw new UsageError(
        `--plan and ${output} exclude each other. A plan answers nothing; leave one of them out.`,
      );
  return {
    ...asked,
    options: {
      ...given({
        maxNewTokens: read.number('--max-new-tokens', { integer: true, from: 1 }),
        temperature: read.number('--temperature', { from: 0 }),
        topK: read.number('--top-k', { integer: true, from: 1 }),
        topP: read.number('--top-p', { above: 0, to: 1 }),
        minP: read.number('--min-p', { from: 0, to: 1 }),
        seed: read.number('--seed', { integer: true }),
        repetitionPenalty: read.number('--repetition-penalty', { above: 0 }),
        frequencyPenalty: read.number('--frequency-penalty', { from: -2, to: 2 }),
        presencePenalty: read.number('--presence-penalty', { from: -2, to: 2 }),
        logitBias: logitBiasOf(read),
        stop: read.has('--stop') ? read.all('--stop') : undefined,
        logprobs: read.number('--logprobs', { integer: true, from: 0, to: 20 }),
        kv: kvOf(read),
        fit: fitOf(read),
        trace: traceOf(read),
      }),
    },
    expect: expectOf(read),
    json: read.has('--json'),
    plan: read.has('--plan'),
    walk: walkOf(read),
    overlayFile: read.text('--overlay') ?? null,
    traceFile: read.text('--trace') ?? null,
  };
}

const dependent: Needs<AskFlag> = [
  ['--overlay', ['--image', '--video', '--frames']],
  ['--logprobs', ['--json']],
  ['--window', ['--video', '--frames']],
  ['--overlap', ['--window']],
  ['--trace-positions', ['--trace']],
  ['--force-ids', ['--trace']],
];

const advice: Partial<Record<AskFlag, string>> = {
  '--overlay': 'Without a picture there is nothing to draw on.',
  '--window': 'Windows are parts of a video.',
  '--overlap': 'Say how long the windows are, for example --window 60 --overlap 10.',
  '--logprobs': 'They are a part of the JSON object; the text has no place for them.',
  '--trace-positions': 'Write the file that the tensors go to, for example --trace run.safetensors.',
  '--force-ids': 'Write the file that the tensors go to, for example --trace run.safetensors.',
};

function expectOf(read: OptionReader<AskFlag>): WrittenExpectation | null {
  const text = read.text('--expect');
  if (text === undefined) return null;
  if (read.has('--force-ids'))
    throw new UsageError('--expect and --force-ids exclude each other: ids that are fed are not chosen.');
  return writtenExpectation(text);
}

function walkOf(read: OptionReader<AskFlag>): Walk | null {
  if (!read.has('--window')) return null;
  for (const other of ['--plan', '--overlay', '--trace', '--point', '--messages', '--logprobs'] as const)
    if (read.has(other))
      throw new UsageError(
        `--window and ${other} exclude each other. Leave one of them out, or ask about a part with --start-sec and --end-sec.`,
      );
  return given({
    windowSec: read.number('--window', { above: 0 }),
    overlapSec: read.number('--overlap', { from: 0 }),
  });
}

function fitOf(read: OptionReader<AskFlag>): AskOptions['fit'] {
  const fit = read.text('--fit');
  if (fit === undefined || fit === 'less' || fit === 'exact') return fit;
  throw new UsageError(`--fit must be less or exact, got "${fit}".`);
}

function logitBiasOf(read: OptionReader<AskFlag>): AskOptions['logitBias'] {
  const pairs = read.text('--logit-bias')?.split(',');
  if (!pairs) return undefined;
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, id, bias] = /^\s*(\d+)\s*:\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*$/.exec(pair) ?? [];
      if (id !== undefined && Math.abs(Number(bias)) <= 100) return [Number(id), Number(bias)];
      throw new UsageError(
        `--logit-bias must be pairs of a token id and a number from -100 to 100, such as 42:-100,7:2.5; got "${pair.trim()}".`,
      );
    }),
  );
}

function traceOf(read: OptionReader<AskFlag>): TraceOptions | undefined {
  if (!read.has('--trace')) return undefined;
  const positions = read.numbers('--trace-positions', { integer: true, from: 0 });
  if (positions?.some((at, i) => i > 0 && at <= (positions[i - 1] ?? 0)))
    throw new UsageError(`--trace-positions must ascend, got ${positions.join(',')}. Sort them.`);
  return given({ positions, forceIds: read.numbers('--force-ids', { integer: true, from: 0 }) });
}
