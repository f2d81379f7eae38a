// Lets a judge score the captions of a run that is through, and keeps each in the run's file.

import { judgeAnswers, unjudged } from '../../eval/judge/judge-answers.ts';
import type { Judge } from '../../eval/judge/judge.ts';
import type { EvalRun } from '../../eval/run/run-record.ts';
import type { Terminal } from '../terminal.ts';
import { cellName } from './cell-names.ts';
import { openRunFile, readRunFile } from './run-file.ts';
import type { OpenedSet } from './sources.ts';

export interface JudgedRun {
  readonly run: EvalRun;
  readonly opened: OpenedSet;
  /** null where nothing is kept. */
  readonly file: string | null;
}

/** The run with the scores of its captions. Throws `bad-dataset`, WriteError, or the signal's reason. */
export async function judgeRun(
  judge: Judge,
  { run, opened, file }: JudgedRun,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<EvalRun> {
  const open = unjudged(run.asked).length;
  if (open === 0) return run;
  const before = file === null ? null : await readRunFile(file);
  const out = file === null || !before ? null : await openRunFile(file, before.run, before);
  const asked = new Map(run.asked.map((one) => [one.id, one]));
  let done = 0;
  try {
    for await (const one of judgeAnswers(judge, run.asked, opened.source.questions(), signal)) {
      await out?.append(one);
      asked.set(one.id, one);
      done += 1;
      terminal.progress(
        `${cellName(run.settings)}, ${opened.set.name}: ${done} of ${open} captions went to the judge`,
      );
    }
  } finally {
    await out?.close();
  }
  return { ...run, asked: [...asked.values()] };
}
