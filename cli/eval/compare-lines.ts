// A comparison of two runs as text for people.

import type { ChangedQuestion, RunComparison } from '../../eval/run/compare.ts';
import type { AskedQuestion, EvalRun } from '../../eval/run/run-record.ts';
import { scoreOf } from '../../eval/run/summary.ts';
import { cellName } from './cell-names.ts';
import { change, fixed, pValue, table } from './table.ts';

function runLine(letter: string, { settings, set, info, startedAt, asked }: EvalRun): string {
  const { description, vendor, architecture } = info.adapter;
  const device = description || `${vendor} ${architecture}`.trim() || 'an unnamed adapter';
  return `${letter}: ${settings.model}, ${cellName(settings)}, on ${device}, ${startedAt.slice(0, 10)}: ${asked.length} of ${set.questions} questions\n`;
}

const shortened = (text: string) => (text.length > 160 ? `${text.slice(0, 159)}…` : text);

function outcome(letter: string, asked: AskedQuestion): string {
  const { answer, error } = asked;
  const score = scoreOf(asked);
  const words = answer
    ? JSON.stringify(shortened(answer.text))
    : `${error?.code ?? 'failed'}: ${shortened(error?.message ?? '')}`;
  return `    ${letter} ${score === null ? '  -  ' : fixed(score)}  ${words}\n`;
}

function changeLines({ before, after }: ChangedQuestion): string {
  return `  ${before.id} (${before.kind}): ${shortened(before.prompt)}\n${outcome('A', before)}${outcome('B', after)}`;
}

/** What changed from `before` to `after`, with `limit` of the questions that were answered otherwise. */
export function compareLines(
  before: EvalRun,
  after: EvalRun,
  { questions, onlyBefore, onlyAfter, kinds, changes }: RunComparison,
  limit: number,
): string {
  const rows = kinds.map(({ kind, questions: both, result: { difference, pValue: p, ...counts } }) => [
    kind ?? 'all',
    String(both),
    change(difference),
    pValue(p),
    ...[counts.better, counts.worse, counts.same].map(String),
  ]);
  const only = [
    ...(onlyBefore > 0 ? [`${onlyBefore} were asked in A only`] : []),
    ...(onlyAfter > 0 ? [`${onlyAfter} in B only`] : []),
  ];
  const shown = changes.slice(0, limit);
  const rest = changes.length - shown.length;
  return [
    runLine('A', before),
    runLine('B', after),
    `${questions} questions of ${before.set.name} in both${only.length > 0 ? `; ${only.join(', ')}` : ''}\n\n`,
    table([['', 'questions', 'B - A (95%)', '', 'better', 'worse', 'same'], ...rows]),
    `\n${changes.length} answered otherwise${shown.length > 0 ? ', losses first' : ''}\n`,
    ...shown.map(changeLines),
    ...(rest > 0 && shown.length > 0 ? [`  and ${rest} more; --limit N lists more\n`] : []),
  ].join('');
}
