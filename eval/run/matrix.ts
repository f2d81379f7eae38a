// Several ways to load and ask a model, over the same questions: what each scores, and what it loses against the first. Pure.

import type { BootstrapOptions } from '../metrics/bootstrap.ts';
import type { ModelInfo } from '../../src/index.ts';
import { compareAsked, type KindComparison } from './compare.ts';
import type { EvalRun, QuestionSet, RunSettings } from './run-record.ts';
import { summarize, type RunSummary } from './summary.ts';

/** One way, and its runs: one for each set of questions, in the same order in every cell. */
export interface MatrixCell {
  /** Such as `q4, kv int8`. */
  readonly name: string;
  readonly settings: RunSettings;
  readonly runs: readonly EvalRun[];
}

export interface CellSummary {
  readonly name: string;
  readonly settings: RunSettings;
  readonly info: ModelInfo | null;
  /** Of all sets together. */
  readonly summary: RunSummary;
  /** One for each set. */
  readonly sets: readonly RunSummary[];
  /** Scores minus those of the first cell, question by question; null in the first cell. */
  readonly difference: readonly KindComparison[] | null;
}

/** Everything that a table shows; plain data that is written as it is. */
export interface MatrixSummary {
  readonly format: 'molmo2-eval-summary';
  readonly version: 1;
  readonly packageVersion: string;
  readonly sets: readonly QuestionSet[];
  readonly cells: readonly CellSummary[];
}

/** Ids are unique in a set only. */
function askedOf(runs: readonly EvalRun[]) {
  return runs.flatMap(({ set, asked }) => asked.map((one) => ({ ...one, id: `${set.sha256}:${one.id}` })));
}

/** Sums up cells over the same sets; the first is what the others are compared with. */
export function summarizeMatrix(
  cells: readonly MatrixCell[],
  packageVersion: string,
  options?: BootstrapOptions,
): MatrixSummary {
  const [first] = cells;
  return {
    format: 'molmo2-eval-summary',
    version: 1,
    packageVersion,
    sets: first?.runs.map(({ set }) => set) ?? [],
    cells: cells.map((cell) => ({
      name: cell.name,
      settings: cell.settings,
      info: cell.runs[0]?.info ?? null,
      summary: summarize(askedOf(cell.runs), options),
      sets: cell.runs.map(({ asked }) => summarize(asked, options)),
      difference:
        first === undefined || cell === first
          ? null
          : compareAsked(askedOf(first.runs), askedOf(cell.runs), options).kinds,
    })),
  };
}
