// A summary as tables for people.

import type { CellSummary, MatrixSummary } from '../../eval/run/matrix.ts';
import type { QuestionSet } from '../../eval/run/run-record.ts';
import type { Figure, FigureName, GroupSummary, RunSummary, SpeedSummary } from '../../eval/run/summary.ts';
import type { ModelInfo } from '../../src/index.ts';
import { change, fixed, interval, pValue, table } from './table.ts';

const figureWords: Readonly<Record<FigureName, string>> = {
  precision: 'precision',
  recall: 'recall',
  f1: 'F1',
  withinOne: 'within one',
  close: 'close',
  saysNumber: 'says a number',
  meanError: 'mean error',
  detA: 'DetA',
  assA: 'AssA',
  mota: 'MOTA',
  switches: 'switches',
};

/** What the score of a kind is. */
const scoreWords: Readonly<Record<GroupSummary['kind'], string>> = {
  points: 'F1',
  count: 'right',
  'video-points': 'F1',
  tracks: 'HOTA',
  choice: 'right',
  short: 'right',
  caption: 'F1 by the judge',
};

function figureText({ name, value }: Figure): string[] {
  if (!value) return [];
  const digits = name === 'switches' ? 0 : 3;
  return [`${figureWords[name]} ${fixed(value.value, digits)}`];
}

function notesOf({ failed, unscored, truncated }: Pick<GroupSummary, 'failed' | 'unscored' | 'truncated'>) {
  return [
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(unscored > 0 ? [`${unscored} not scored`] : []),
    ...(truncated > 0 ? [`${truncated} cut off`] : []),
  ];
}

function setLine(sets: readonly QuestionSet[]): string {
  const total = sets.reduce((sum, { questions }) => sum + questions, 0);
  return `${sets.map(({ name }) => name).join('; ')}: ${total} ${total === 1 ? 'question' : 'questions'}\n`;
}

function deviceOf({ model, adapter }: ModelInfo): string {
  const { vendor, architecture, description, isFallbackAdapter } = adapter;
  const device = description || `${vendor} ${architecture}`.trim() || 'an unnamed adapter';
  return `${model} on ${device}${isFallbackAdapter ? ' (software)' : ''}`;
}

function groupRow(name: string, group: GroupSummary): string[] {
  return [name, String(group.questions), scoreWords[group.kind], interval(group.score)];
}

/** Behind the columns, so that its length does not widen them. */
function groupWords(group: GroupSummary): string {
  return [...group.figures.flatMap(figureText), ...notesOf(group)].join(', ');
}

/** Scores by kind and category, with the other figures behind them. */
function detailTable(summary: RunSummary): string {
  const groups = summary.kinds.flatMap((group) => [
    { name: group.kind, group },
    ...summary.categories
      .filter(({ kind }) => kind === group.kind)
      .map((category) => ({ name: `  ${category.category}`, group: category })),
  ]);
  const all = ['all', String(summary.questions), 'mean', interval(summary.score)];
  const lines = table([
    ['', 'questions', '', 'score (95%)'],
    ...groups.map(({ name, group }) => groupRow(name, group)),
    all,
  ]).split('\n');
  return lines
    .map((line, i) => {
      const group = groups[i - 1]?.group;
      return group ? `${line}  ${groupWords(group)}`.trimEnd() : line;
    })
    .join('\n');
}

function speedWords({ medianSec, p95Sec, medianFirstTokenSec, decodeTokensPerSec }: SpeedSummary): string {
  const rate = decodeTokensPerSec === null ? '' : `, ${fixed(decodeTokensPerSec, 1)} tokens/s`;
  return `${fixed(medianSec, 2)} s a question (median; 95% within ${fixed(p95Sec, 2)} s), first token after ${fixed(medianFirstTokenSec, 2)} s${rate}`;
}

function errorLine({ errors }: RunSummary): string {
  if (errors.length === 0) return '';
  return `errors: ${errors.map(({ code, questions }) => `${code} (${questions})`).join(', ')}\n`;
}

/** The mean of each set, where there are several. */
function setLines(sets: readonly QuestionSet[], summaries: readonly RunSummary[]): string {
  if (sets.length < 2) return '';
  return table(sets.map(({ name }, i) => [`  ${name}`, interval(summaries[i]?.score ?? null)]));
}

function cellLines({ summary, sets: summaries }: CellSummary, sets: readonly QuestionSet[]): string {
  const speed = summary.speed ? `${speedWords(summary.speed)}\n` : '';
  return `${detailTable(summary)}${setLines(sets, summaries)}${errorLine(summary)}${speed}`;
}

/** What a cell lost or gained against the first: nothing for the first itself. */
function changeCells(difference: CellSummary['difference'], kind: GroupSummary['kind'] | null): string[] {
  const found = difference?.find((one) => one.kind === kind);
  return found ? [change(found.result.difference), pValue(found.result.pValue)] : [];
}

/** A block of rows for each kind and for all: the cells' scores, and their change from the first. */
function matrixTable(cells: readonly CellSummary[], first: CellSummary): string {
  const blocks = [
    ...first.summary.kinds.map(({ kind, questions }) => ({ kind, questions, word: scoreWords[kind] })),
    { kind: null, questions: first.summary.questions, word: 'mean' },
  ];
  return table(
    blocks.flatMap(({ kind, questions, word }, i) => [
      [`${kind ?? 'all'}, ${questions}`, `${word} (95%)`, ...(i === 0 ? [`change from ${first.name}`] : [])],
      ...cells.map(({ name, summary, difference }) => {
        const score = kind === null ? summary : summary.kinds.find((group) => group.kind === kind);
        return [`  ${name}`, interval(score?.score ?? null), ...changeCells(difference, kind)];
      }),
    ]),
  );
}

function matrixLines(cells: readonly CellSummary[], first: CellSummary): string {
  const speeds = cells.flatMap(({ name, summary }) =>
    summary.speed ? [`${name}: ${speedWords(summary.speed)}\n`] : [],
  );
  const notes = cells.flatMap(({ name, summary }) => {
    const words = [
      ...notesOf(summary),
      ...summary.errors.map(({ code, questions }) => `${code} (${questions})`),
    ];
    return words.length > 0 ? [`${name}: ${words.join(', ')}\n`] : [];
  });
  return [matrixTable(cells, first), '\n', ...speeds, ...notes].join('');
}

/** Everything in words: one cell with all its figures, or several side by side. */
export function summaryLines(summary: MatrixSummary): string {
  const { cells, sets } = summary;
  const [first, ...others] = cells;
  if (!first) return '';
  const device = first.info ? `${deviceOf(first.info)}\n` : '';
  const head = `${setLine(sets)}${device}\n`;
  return others.length === 0 ? `${head}${cellLines(first, sets)}` : `${head}${matrixLines(cells, first)}`;
}
