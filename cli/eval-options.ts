// The arguments of `eval` -> what to ask, how, and where to write. Pure; refuses what makes no sense.

import type { QuestionKind } from '../eval/question.ts';
import { formats, type FormatName } from '../eval/readers/formats.ts';
import { questionKinds, scoredKinds, type SceneSet } from '../eval/run/question-set.ts';
import type { RunSettings } from '../eval/run/run-record.ts';
import { kernelFamilies, kvFormats, weightFormats } from '../eval/run/setting-names.ts';
import { parseArguments, type Takes } from './arguments.ts';
import { given } from './ask-input.ts';
import { judgeFlags, judgeTask, type JudgeTask } from './eval/judge-options.ts';
import { UsageError } from './failure.ts';
import { optionReader, type OptionReader } from './option-reader.ts';

/** What is asked: files and folders, or scenes. */
export type AskedAbout =
  | {
      readonly kind: 'files';
      readonly paths: readonly string[];
      readonly format?: FormatName;
      readonly mediaFolder?: string;
      readonly fps?: number;
    }
  | { readonly kind: 'scenes'; readonly sets: readonly SceneSet[] };

/** An evaluation: of each cell, each set of questions. */
export interface EvalTask {
  readonly about: AskedAbout;
  readonly kinds: readonly QuestionKind[];
  readonly limit?: number;
  /** Ways to load and ask, those that load alike side by side; the first is what the others are compared with. */
  readonly cells: readonly RunSettings[];
  /** Scores captions; null: nobody does. */
  readonly judge: JudgeTask | null;
  readonly outFolder: string | null;
  readonly json: boolean;
}

/** Conversations of two questions about scenes. */
export interface FollowUpTask {
  readonly sets: readonly SceneSet[];
  readonly settings: RunSettings;
  readonly json: boolean;
}

export interface CompareTask {
  readonly before: string;
  readonly after: string;
  /** Changes that are listed. */
  readonly limit: number;
  /** Where comparison.html is written; null: nowhere. */
  readonly outFolder: string | null;
  readonly json: boolean;
}

export type EvalCommand =
  | { readonly kind: 'run'; readonly task: EvalTask }
  | { readonly kind: 'follow-ups'; readonly task: FollowUpTask }
  | { readonly kind: 'compare'; readonly task: CompareTask };

const accepted = {
  '--format': 'one',
  '--media': 'one',
  '--fps': 'one',
  '--scenes': 'one',
  '--seed': 'one',
  '--questions': 'one',
  '--kinds': 'one',
  '--limit': 'one',
  '--weights': 'one',
  '--kv': 'one',
  '--kernels': 'one',
  '--model': 'one',
  '--max-new-tokens': 'one',
  '--max-crops': 'one',
  '--max-frames': 'one',
  '--max-fps': 'one',
  '--out': 'one',
  '--json': 'none',
  '--compare': 'many',
  '--follow-ups': 'none',
  ...judgeFlags,
} as const satisfies Record<string, Takes>;

type EvalFlag = keyof typeof accepted;
type Reader = OptionReader<EvalFlag>;

/** Reads the arguments behind `eval`. Throws UsageError, which says what is wrong and what to write. */
export function evalOptions(args: readonly string[]): EvalCommand {
  const { options, words } = parseArguments(args, accepted);
  const read = optionReader<EvalFlag>(options);
  if (read.has('--compare')) return { kind: 'compare', task: compareTask(read, words) };
  if (read.has('--follow-ups')) return { kind: 'follow-ups', task: followUpTask(read, words) };
  const limit = read.number('--limit', { integer: true, from: 1 });
  const judge = judgeTask(read);
  return {
    kind: 'run',
    task: {
      about: aboutOf(read, words),
      kinds: listOf(read, '--kinds', questionKinds) ?? (judge ? questionKinds : scoredKinds),
      ...(limit !== undefined && { limit }),
      cells: cellsOf(read),
      judge,
      outFolder: read.text('--out') ?? null,
      json: read.has('--json'),
    },
  };
}

function compareTask(read: Reader, words: readonly string[]): CompareTask {
  const [before, after, ...others] = [...read.all('--compare'), ...words];
  if (before === undefined || after === undefined || others.length > 0)
    throw new UsageError(
      `--compare takes two files of runs, got ${[before, after, ...others].filter(Boolean).length}. Write: eval --compare A.jsonl B.jsonl`,
    );
  for (const flag of Object.keys(accepted) as EvalFlag[])
    if (read.has(flag) && !['--compare', '--limit', '--json', '--out'].includes(flag))
      throw new UsageError(`--compare asks nothing, so that ${flag} means nothing. Leave one of them out.`);
  const limit = read.number('--limit', { integer: true, from: 0 }) ?? 20;
  return { before, after, limit, outFolder: read.text('--out') ?? null, json: read.has('--json') };
}

/** With `--follow-ups` these mean nothing. */
const notForFollowUps: readonly EvalFlag[] = [
  '--questions',
  '--kinds',
  '--limit',
  '--out',
  ...(Object.keys(judgeFlags) as (keyof typeof judgeFlags)[]),
];

function followUpTask(read: Reader, words: readonly string[]): FollowUpTask {
  const about = aboutOf(read, words);
  if (about.kind !== 'scenes')
    throw new UsageError('--follow-ups asks about scenes. Write for example: eval --scenes 40 --follow-ups');
  const flag = notForFollowUps.find(read.has);
  if (flag)
    throw new UsageError(
      `--follow-ups makes its own questions, so that ${flag} means nothing. Leave it out.`,
    );
  const [settings, ...others] = cellsOf(read);
  if (!settings || others.length > 0)
    throw new UsageError('--follow-ups asks in one way: give --weights, --kernels and --kv one value each.');
  return { sets: about.sets, settings, json: read.has('--json') };
}

function isOneOf<T extends string>(value: string, known: readonly T[]): value is T {
  return known.some((one) => one === value);
}

/** Known words between commas, each once. */
function listOf<T extends string>(read: Reader, flag: EvalFlag, known: readonly T[]): T[] | undefined {
  const words = read.text(flag)?.split(',').map((word) => word.trim()); // prettier-ignore
  return words?.map((word, i) => {
    if (!isOneOf(word, known))
      throw new UsageError(`${flag} must be of ${known.join(', ')}, with commas between; got "${word}".`);
    if (words.indexOf(word) !== i) throw new UsageError(`${flag} names ${word} twice. Name it once.`);
    return word;
  });
}

const filesOnly: readonly EvalFlag[] = ['--format', '--media', '--fps'];
const scenesOnly: readonly EvalFlag[] = ['--seed', '--questions'];

function aboutOf(read: Reader, words: readonly string[]): AskedAbout {
  const scenes = read.number('--scenes', { integer: true, from: 1 });
  const refuse = (flags: readonly EvalFlag[], why: string) => {
    const flag = flags.find(read.has);
    if (flag) throw new UsageError(`${flag} ${why}`);
  };
  if (scenes !== undefined) {
    if (words.length > 0)
      throw new UsageError(
        `--scenes makes its own questions, but there is also ${JSON.stringify(words[0])}. Leave one out.`,
      );
    refuse(filesOnly, 'is about files of questions, and scenes have none. Leave it out.');
    return { kind: 'scenes', sets: sceneSets(read, scenes) };
  }
  refuse(scenesOnly, 'is about scenes. Add --scenes N, or leave it out.');
  if (words.length === 0)
    throw new UsageError(
      'There is nothing to ask. Name a file or folder of questions, or write for example: eval --scenes 40 --seed 7',
    );
  const format = read.text('--format');
  if (format !== undefined && !isOneOf(format, formatNames))
    throw new UsageError(`--format must be one of ${formatNames.join(', ')}, got "${format}".`);
  return {
    kind: 'files',
    paths: words,
    ...given({ format, mediaFolder: read.text('--media'), fps: read.number('--fps', { above: 0 }) }),
  };
}

const formatNames = Object.keys(formats) as FormatName[];

function sceneSets(read: Reader, scenes: number): SceneSet[] {
  const seeds = read.numbers('--seed', { integer: true, from: 0 }) ?? [0];
  const twice = seeds.find((seed, i) => seeds.indexOf(seed) !== i);
  if (twice !== undefined) throw new UsageError(`--seed names ${twice} twice. Name it once.`);
  const questions = read.number('--questions', { integer: true, from: 1 });
  return seeds.map((seed) => ({ scenes, seed, ...(questions !== undefined && { questions }) }));
}

function cellsOf(read: Reader): RunSettings[] {
  const model = read.text('--model') ?? 'shapes';
  const rest = given({
    maxNewTokens: read.number('--max-new-tokens', { integer: true, from: 1 }),
    maxCrops: read.number('--max-crops', { integer: true, from: 1, to: 24 }),
    maxFrames: read.number('--max-frames', { integer: true, from: 2 }),
    maxFps: read.number('--max-fps', { above: 0 }),
  });
  const every = <T>(list: readonly T[] | undefined) => list ?? [undefined];
  return every(listOf(read, '--weights', weightFormats)).flatMap((weights) =>
    every(listOf(read, '--kernels', kernelFamilies)).flatMap((kernels) =>
      every(listOf(read, '--kv', kvFormats)).map((kv) => ({
        model,
        ...given({ weights, kernels, kv }),
        ...rest,
      })),
    ),
  );
}
