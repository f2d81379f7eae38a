// The arguments of `score` -> what to load, the question and the answer. Pure; refuses what makes no sense.

import type { ScoreOptions } from '../src/index.ts';
import { parseArguments, type Takes } from './arguments.ts';
import { askedOf, given, inputAliases, inputFlags, kvOf, type Asked } from './ask-input.ts';
import { UsageError } from './failure.ts';
import { optionReader, type OptionReader } from './option-reader.ts';

export interface ScoreRun extends Asked {
  readonly answer: string | readonly number[];
  readonly options: Omit<ScoreOptions, 'signal' | 'onProgress'>;
  readonly json: boolean;
}

const accepted = {
  ...inputFlags,
  '--answer': 'one',
  '--answer-ids': 'one',
  '--end': 'none',
  '--weighting': 'one',
  '--branches': 'one',
  '--json': 'none',
} as const satisfies Record<string, Takes>;

type ScoreFlag = keyof typeof accepted;

const { '--start': start } = inputAliases; // `--end` is not the end of the video here

/** Reads the arguments behind `score`. Throws UsageError, which says what is wrong and what to write. */
export function scoreOptions(args: readonly string[]): ScoreRun {
  const { options, words } = parseArguments(args, accepted, { '--start': start });
  const read = optionReader<ScoreFlag>(options);
  return {
    ...askedOf(read, words),
    answer: answerOf(read),
    options: {
      ...given({
        kv: kvOf(read),
        end: read.has('--end') ? true : undefined,
        weighting: weightingOf(read),
        branches: read.number('--branches', { integer: true, from: 1 }),
      }),
    },
    json: read.has('--json'),
  };
}

function answerOf(read: OptionReader<ScoreFlag>): ScoreRun['answer'] {
  const text = read.text('--answer');
  const ids = read.numbers('--answer-ids', { integer: true, from: 0 });
  if (text !== undefined && ids)
    throw new UsageError('--answer and --answer-ids exclude each other. Give the text, or its token ids.');
  const answer = text ?? ids;
  if (answer !== undefined) return answer;
  throw new UsageError(
    'There is no answer to score. Write it, for example: score --answer "2" "How many cats are there?"',
  );
}

function weightingOf(read: OptionReader<ScoreFlag>): ScoreOptions['weighting'] {
  const name = read.text('--weighting');
  if (name === undefined) return undefined;
  if (name === 'length' || name === 'pointing' || name === 'tracking' || name === 'video-caption')
    return name;
  if (/^\d/.test(name)) return read.number('--weighting', { from: 0 });
  throw new UsageError(
    `--weighting must be length, pointing, tracking, video-caption or a number, got "${name}". Leave it out to weigh every token 1.`,
  );
}
