// The options of `eval` that name a judge of captions, and the judge that they make. The key comes from the environment, so that it is in
// no list of processes and in no shell's history.

import { join } from 'node:path';
import process from 'node:process';
import { fileCache } from '../../eval/judge/judge-cache-file.ts';
import { createJudge, type Judge } from '../../eval/judge/judge.ts';
import type { JudgePrice } from '../../eval/judge/tally.ts';
import { UsageError } from '../failure.ts';
import type { OptionReader } from '../option-reader.ts';

export const judgeFlags = {
  '--judge': 'one',
  '--judge-model': 'one',
  '--judge-key-env': 'one',
  '--judge-price': 'one',
} as const;

export type JudgeFlag = keyof typeof judgeFlags;

export interface JudgeTask {
  readonly url: string;
  readonly model: string;
  /** The variable that holds the key; null for a judge that needs none. */
  readonly keyVariable: string | null;
  readonly price: JudgePrice | null;
}

/** What the options say; null where they name no judge. Throws UsageError. */
export function judgeTask(read: OptionReader<JudgeFlag>): JudgeTask | null {
  const url = read.text('--judge');
  if (url === undefined) {
    const flag = (Object.keys(judgeFlags) as JudgeFlag[]).find(read.has);
    if (flag) throw new UsageError(`${flag} is about a judge. Add --judge URL, or leave it out.`);
    return null;
  }
  const model = read.text('--judge-model');
  if (model === undefined)
    throw new UsageError('--judge needs a model. Add --judge-model with its name there.');
  const prices = read.numbers('--judge-price', { from: 0 });
  const [inputPerMillion, outputPerMillion, ...others] = prices ?? [0, 0];
  if (inputPerMillion === undefined || outputPerMillion === undefined || others.length > 0)
    throw new UsageError(
      `--judge-price takes what a million tokens in and out cost, for example 2,8; got ${prices?.length} numbers.`,
    );
  return {
    url,
    model,
    keyVariable: read.text('--judge-key-env') ?? null,
    price: prices ? { inputPerMillion, outputPerMillion } : null,
  };
}

/** Makes the judge; answers are kept in `folder`, if there is one. Throws UsageError, or `bad-dataset` for a file of something else. */
export async function openJudge(
  { url, model, keyVariable, price }: JudgeTask,
  folder: string | null,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Judge> {
  const key = keyVariable === null ? null : (env[keyVariable]?.trim() ?? '');
  if (key === '')
    throw new UsageError(
      `--judge-key-env names ${keyVariable}, which is not set or empty. Set it to the key.`,
    );
  return createJudge({
    url,
    model,
    key,
    ...(price && { price }),
    ...(folder !== null && { cache: await fileCache(join(folder, 'judge.jsonl')) }),
  });
}
