// What changed between two runs as one page that needs nothing else. Pure.

import { escapeHtml } from '../../bench/report/escape-html.ts';
import type { ChangedQuestion, KindComparison, RunComparison } from '../run/compare.ts';
import type { AskedQuestion, RunHead } from '../run/run-record.ts';
import { scoreOf } from '../run/summary.ts';
import { cards, htmlPage, table, timeElement } from './html-page.ts';
import {
  adapterName,
  cut,
  kindNames,
  plural,
  pText,
  runName,
  scoreText,
  secondsText,
  signed,
} from './words.ts';

/** Two runs side by side. */
export interface ComparedRuns {
  readonly before: RunHead;
  readonly after: RunHead;
  readonly comparison: RunComparison;
}

/** A page with more would not be read. The JSON has all. */
const mostChanges = 500;

export function comparisonHtml({ before, after, comparison }: ComparedRuns): string {
  const { kinds, changes } = comparison;
  const worse = changes.filter(({ difference }) => difference !== null && difference < 0);
  const better = changes.filter(({ difference }) => difference !== null && difference > 0);
  const same = changes.filter(({ difference }) => difference === null || difference === 0);
  const sections = [
    overview(comparison),
    kinds.length === 0 ? '' : byKind(kinds),
    changeList('Worse', worse, mostChanges),
    changeList('Better', better, mostChanges),
    changeList('Other words, the same score', same, mostChanges / 5),
  ];
  return htmlPage(
    `molmo2-webgpu comparison: ${runName(before)} and ${runName(after)}`,
    `<h1>molmo2-webgpu evaluation: what changed</h1>
${runLine('Before', before)}
${runLine('After', after)}
<p class="soft">${escapeHtml(before.set.name)}: ${plural(comparison.questions, 'question')} in both${lonely(comparison)}</p>`,
    sections.filter((section) => section !== '').join('\n'),
  );
}

function runLine(word: string, head: RunHead): string {
  return `<p class="adapter">${word}: ${escapeHtml(runName(head))}</p>
<p class="soft">${escapeHtml(adapterName(head.info))}, molmo2-webgpu ${escapeHtml(head.packageVersion)}, ${timeElement(head.startedAt)}</p>`;
}

function lonely({ onlyBefore, onlyAfter }: RunComparison): string {
  const parts = [
    ...(onlyBefore > 0 ? [`${onlyBefore} only before`] : []),
    ...(onlyAfter > 0 ? [`${onlyAfter} only after`] : []),
  ];
  return parts.length === 0 ? '' : `, ${parts.join(', ')}`;
}

function overview({ kinds, changes }: RunComparison): string {
  const all = kinds.find(({ kind }) => kind === null)?.result;
  if (!all)
    return '<section>\n<h2>All questions</h2>\n<p class="soft">No question has a score in both runs.</p>\n</section>';
  const { difference, pValue, isExact, better, worse, same } = all;
  const css = difference.low > 0 ? 'gain' : difference.high < 0 ? 'loss' : '';
  return `<section>
<h2>All questions</h2>
<p class="big"><strong class="${css}">${signed(difference.value)}</strong> <span class="soft">${signed(difference.low)} to ${signed(difference.high)}</span></p>
<p class="soft">${verdict(difference.low, difference.high)} ${pText(pValue)}, ${isExact ? 'all signs tried' : 'signs drawn'}: how often runs that do not differ would differ as much.</p>
${cards([
  ['Better', String(better)],
  ['Worse', String(worse)],
  ['Same score', String(same)],
  ['Other answers in all', String(changes.length)],
])}
</section>`;
}

function verdict(low: number, high: number): string {
  if (low > 0) return 'The run after is better.';
  return high < 0 ? 'The run after is worse.' : 'The interval holds 0: no difference is shown.';
}

function byKind(kinds: readonly KindComparison[]): string {
  const rows = kinds.map(({ kind, questions, result }) => [
    kind === null ? 'All' : kindNames[kind].name,
    String(questions),
    signed(result.difference.value),
    `${signed(result.difference.low)} to ${signed(result.difference.high)}`,
    pText(result.pValue),
    String(result.better),
    String(result.worse),
    String(result.same),
  ]);
  const head = ['Kind', 'Questions', 'Difference', 'Interval', 'Chance', 'Better', 'Worse', 'Same'];
  return `<section>\n<h2>By kind</h2>\n${table('Differences by kind', head, rows)}\n</section>`;
}

function changeList(title: string, changes: readonly ChangedQuestion[], most: number): string {
  if (changes.length === 0) return '';
  const rest = changes.length > most ? `\n<p class="soft">And ${changes.length - most} more.</p>` : '';
  return `<section>
<h2>${title}: ${plural(changes.length, 'question')}</h2>
<div class="changes">
${changes.slice(0, most).map(change).join('\n')}
</div>${rest}
</section>`;
}

function change({ before, after, difference }: ChangedQuestion): string {
  const group = [
    kindNames[after.kind].name,
    ...(after.category === undefined ? [] : [after.category]),
    after.id,
  ];
  const css = difference === null || difference === 0 ? '' : difference > 0 ? 'gain' : 'loss';
  const figure = difference === null ? '–' : signed(difference);
  return `<article>
<h3>${escapeHtml(after.prompt)}</h3>
<p class="soft"><strong class="${css}">${figure}</strong> ${escapeHtml(group.join(' · '))}</p>
<div class="two">${side('Before', before)}${side('After', after)}</div>
</article>`;
}

function side(word: string, asked: AskedQuestion): string {
  const { answer, error } = asked;
  const score = scoreOf(asked);
  const time = answer ? `, ${secondsText(answer.timings.totalMs / 1000)}` : '';
  const text = answer
    ? `<p><code>${escapeHtml(cut(answer.text)) || '(empty)'}</code></p>`
    : `<p class="loss">${escapeHtml(cut(error ? `${error.code}: ${error.message}` : 'no answer'))}</p>`;
  return `<div><p class="soft">${word}: <strong class="score">${score === null ? 'not scored' : scoreText(score)}</strong>${time}</p>${text}</div>`;
}
