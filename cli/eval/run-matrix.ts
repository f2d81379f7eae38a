// Runs every cell of a matrix over every set of questions, and goes on with what earlier runs have left.

import { join } from 'node:path';
import type { MatrixCell } from '../../eval/run/matrix.ts';
import type { Judge } from '../../eval/judge/judge.ts';
import { runQuestions } from '../../eval/run/run-questions.ts';
import type { AskedQuestion, EvalRun, RunSettings } from '../../eval/run/run-record.ts';
import { refuseOtherRun, type ReadRun } from '../../eval/run/run-text.ts';
import { Molmo2, type ModelInfo } from '../../src/index.ts';
import { version } from '../../package.json';
import { duration } from '../bundle/pace.ts';
import { hubSettings } from '../hub-settings.ts';
import type { Terminal } from '../terminal.ts';
import { loadProgress } from '../wait-notes.ts';
import { cellName, fileWord } from './cell-names.ts';
import { judgeRun } from './judge-run.ts';
import { openRunFile, readRunFile } from './run-file.ts';
import type { OpenedSet } from './sources.ts';

/** One cell over one set. */
interface PlannedRun {
  readonly settings: RunSettings;
  readonly opened: OpenedSet;
  /** null where nothing is kept. */
  readonly file: string | null;
  readonly before: ReadRun | null;
  /** What it came to; set as it is done. */
  result: EvalRun | null;
}

async function planned(settings: RunSettings, opened: OpenedSet, folder: string | null): Promise<PlannedRun> {
  const { set, word } = opened;
  const file = folder === null ? null : join(folder, `${fileWord(cellName(settings))}.${word}.jsonl`);
  const before = file === null ? null : await readRunFile(file);
  if (file !== null && before) refuseOtherRun(before.run, { settings, set, packageVersion: version }, file);
  const isDone = before?.run.asked.length === set.questions;
  return { settings, opened, file, before, result: isDone ? before.run : null };
}

/** Counts questions of all runs, to tell what is left of the whole. */
class Countdown {
  readonly #startMs = performance.now();
  #asked = 0;
  #left: number;

  constructor(left: number) {
    this.#left = left;
  }

  count(): void {
    this.#asked += 1;
    this.#left -= 1;
  }

  words(): string {
    if (this.#asked === 0) return '';
    return `, ${duration(((performance.now() - this.#startMs) / this.#asked) * this.#left)} left`;
  }
}

function isSameDevice({ adapter: a }: ModelInfo, { adapter: b }: ModelInfo): boolean {
  return a.vendor === b.vendor && a.architecture === b.architecture && a.description === b.description;
}

async function runOne(
  molmo: Molmo2,
  run: PlannedRun,
  place: string,
  countdown: Countdown,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<EvalRun> {
  const { settings, opened, before, file } = run;
  const head = before?.run ?? {
    format: 'molmo2-eval',
    version: 1,
    settings,
    set: opened.set,
    info: molmo.info,
    packageVersion: version,
    startedAt: new Date().toISOString(),
  };
  if (file !== null && !isSameDevice(head.info, molmo.info))
    terminal.note(
      `note: ${file} was begun on another device (${head.info.adapter.description}); its speeds will be of both.`,
    );
  const asked: AskedQuestion[] = [...(before?.run.asked ?? [])];
  const out = file === null ? null : await openRunFile(file, head, before);
  const events = runQuestions(molmo, opened.source.questions(), {
    settings,
    total: opened.set.questions,
    asked: new Set(asked.map(({ id }) => id)),
    signal,
  });
  try {
    for await (const event of events) {
      if (event.type === 'progress') {
        terminal.progress(`${place}: ${event.done} of ${event.total} questions${countdown.words()}`);
        continue;
      }
      await out?.append(event.asked);
      asked.push(event.asked);
      countdown.count();
    }
  } finally {
    await out?.close();
  }
  return { ...head, asked };
}

/** Runs that load the model alike, in the order of their first. */
function byLoad(runs: readonly PlannedRun[]): PlannedRun[][] {
  const groups = new Map<string, PlannedRun[]>();
  for (const run of runs) {
    const { model, weights, kernels } = run.settings;
    const key = JSON.stringify([model, weights, kernels]);
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups.values()];
}

export interface MatrixPlan {
  readonly cells: readonly RunSettings[];
  readonly sets: readonly OpenedSet[];
  /** Where runs are kept; null: nowhere. */
  readonly folder: string | null;
  /** Scores captions once a run is through; null: nobody does. */
  readonly judge: Judge | null;
}

/**
 * Asks what was not asked yet. Files of other runs are refused before anything is asked.
 * Throws what loading throws, `bad-dataset`, WriteError, or the signal's reason.
 */
export async function runMatrix(
  { cells, sets, folder, judge }: MatrixPlan,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<MatrixCell[]> {
  const runs: PlannedRun[] = [];
  for (const settings of cells) for (const set of sets) runs.push(await planned(settings, set, folder));
  const open = runs.filter(({ result }) => result === null);
  const questions = open.reduce(
    (sum, { opened, before }) => sum + opened.set.questions - (before?.run.asked.length ?? 0),
    0,
  );
  let countdown: Countdown | null = null;
  for (const group of byLoad(open)) {
    const { model, weights, kernels } = group[0]?.settings ?? { model: 'shapes' };
    const molmo = await Molmo2.load({
      model,
      ...(weights && { weights }),
      ...(kernels && { kernels }),
      hub: hubSettings(),
      onProgress: loadProgress(terminal),
      signal,
    });
    try {
      for (const run of group) {
        countdown ??= new Countdown(questions);
        const of = open.length === 1 ? '' : ` (run ${open.indexOf(run) + 1} of ${open.length})`;
        const place = `${cellName(run.settings)}, ${run.opened.set.name}${of}`;
        run.result = await runOne(molmo, run, place, countdown, terminal, signal);
      }
      for (const notice of molmo.info.notices) terminal.note(`note: ${notice}`);
    } finally {
      molmo.dispose();
    }
  }
  if (judge)
    for (const run of runs)
      if (run.result) run.result = await judgeRun(judge, { ...run, run: run.result }, terminal, signal);
  return cells.map((settings) => ({
    name: cellName(settings),
    settings,
    runs: runs.flatMap((run) => (run.settings === settings && run.result ? [run.result] : [])),
  }));
}
