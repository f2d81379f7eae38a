// `eval`: how right a model's answers are.

import { join } from 'node:path';
import { compareRuns } from '../eval/run/compare.ts';
import { tallyLines, type JudgeTally } from '../eval/judge/tally.ts';
import { summarizeMatrix, type MatrixSummary } from '../eval/run/matrix.ts';
import type { EvalRun } from '../eval/run/run-record.ts';
import { version } from '../package.json';
import { Molmo2Error } from '../src/index.ts';
import { refuseClosedOutput } from './closed-output.ts';
import { compareLines } from './eval/compare-lines.ts';
import { followUps } from './eval/follow-ups.ts';
import { openJudge } from './eval/judge-options.ts';
import { readRunFile } from './eval/run-file.ts';
import { runMatrix } from './eval/run-matrix.ts';
import { openSets } from './eval/sources.ts';
import { summaryLines } from './eval/summary-lines.ts';
import { refuseBundleWeights } from './eval/weights.ts';
import { writeComparison, writeReport } from './eval/write-report.ts';
import { evalOptions, type CompareTask, type EvalTask } from './eval-options.ts';
import { EvalError } from './failure.ts';
import type { Terminal } from './terminal.ts';
import { writeFileWhole } from './write-file.ts';

/** Runs `eval` with the arguments behind it. Throws what `failureOf` understands, or the signal's reason. */
export async function evalCommand(
  args: readonly string[],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const command = evalOptions(args);
  if (command.kind === 'compare') return compare(command.task, terminal);
  if (command.kind === 'follow-ups') return followUps(command.task, terminal, signal);
  await evaluate(command.task, terminal, signal);
}

async function evaluate(task: EvalTask, terminal: Terminal, signal: AbortSignal): Promise<void> {
  const { cells, outFolder, json } = task;
  const judge = task.judge && (await openJudge(task.judge, outFolder));
  if (outFolder === null) refuseClosedOutput();
  await refuseBundleWeights(cells, signal);
  terminal.progress('Reading the questions');
  const sets = await openSets(task, signal);
  const plan = { cells, sets, folder: outFolder, judge };
  // What was paid for is told however it ends.
  const done = await runMatrix(plan, terminal, signal).finally(() => {
    if (judge) for (const line of tallyLines(judge.tally())) terminal.note(line);
  });
  const summary = { ...summarizeMatrix(done, version), ...(judge && { judge: judge.tally() }) };
  if (outFolder !== null) {
    const text = `${JSON.stringify(summary, null, 1)}\n`;
    await writeFileWhole(join(outFolder, 'summary.json'), [new TextEncoder().encode(text)]);
    terminal.progress('Drawing the report');
    await writeReport(outFolder, done.flatMap(({ runs }) => runs), sets, signal); // prettier-ignore
  }
  terminal.print(json ? `${JSON.stringify(summary)}\n` : summaryLines(summary));
  refuseNoAnswers(summary, done.flatMap(({ runs }) => runs)); // prettier-ignore
  if (judge) refuseNoJudgement(judge.tally());
}

/** A judge that could score nothing leaves no score of captions, which a program must not take for one. */
function refuseNoJudgement({ judged, notJudged: [first] }: JudgeTally): void {
  if (judged === 0 && first)
    throw new Molmo2Error('network', `No caption was judged. The first reason: ${first.why}`);
}

/** A cell without any answer says nothing about the model. */
function refuseNoAnswers({ cells }: MatrixSummary, runs: readonly EvalRun[]): void {
  const silent = cells.find(({ summary }) => summary.failed === summary.questions);
  if (!silent) return;
  const failed = runs.find(({ settings }) => settings === silent.settings)?.asked.find(({ error }) => error);
  throw new EvalError(silent.name, failed?.error);
}

async function readRun(file: string): Promise<EvalRun> {
  const read = await readRunFile(file);
  if (read) return read.run;
  throw new Molmo2Error('bad-dataset', `${file} is no run of eval. Give a .jsonl file of its --out folder.`);
}

async function compare(
  { before, after, limit, outFolder, json }: CompareTask,
  terminal: Terminal,
): Promise<void> {
  refuseClosedOutput();
  const [a, b] = [await readRun(before), await readRun(after)];
  const comparison = compareRuns(a, b);
  const { asked: _a, ...headA } = a;
  const { asked: _b, ...headB } = b;
  if (outFolder !== null) await writeComparison(outFolder, { before: headA, after: headB, comparison });
  terminal.print(
    json
      ? `${JSON.stringify({ before: headA, after: headB, ...comparison })}\n`
      : compareLines(a, b, comparison, limit),
  );
}
