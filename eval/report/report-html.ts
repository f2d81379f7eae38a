// A report as one page that needs nothing else. Pure.

import { escapeHtml } from '../../bench/report/escape-html.ts';
import { exampleSections } from './examples-html.ts';
import { cards, htmlPage, table, timeElement } from './html-page.ts';
import { scoreAxis, scoreBar, speedChart, type SpeedPoint } from './report-charts.ts';
import type { QuestionKind } from '../question.ts';
import type { EvalReport, ReportedRun } from './report.ts';
import type { Figure, GroupSummary } from '../run/summary.ts';
import {
  adapterName,
  figureName,
  intervalText,
  kindNames,
  plural,
  pText,
  runName,
  runNames,
  scoreText,
  secondsText,
  settingRows,
  signed,
} from './words.ts';

/** The whole page. */
export function reportHtml(report: EvalReport): string {
  const [first] = report.runs;
  if (!first) return htmlPage('molmo2-webgpu evaluation', '<h1>molmo2-webgpu evaluation</h1>', '');
  const isOne = report.runs.length === 1;
  const title = isOne ? runName(first.head) : plural(report.runs.length, 'run');
  const names = namesOf(report.runs);
  const sections = [
    isOne ? oneRun(first) : severalRuns(report.runs),
    failedNote(report.runs),
    scores(report.runs),
    speed(report.runs),
    ...report.runs.map((run, i) => exampleSections(run, isOne ? null : (names[i] ?? ''))),
    failures(report.runs, isOne),
    ...report.runs.map((run, i) => howItRan(run, isOne ? null : (names[i] ?? ''))),
  ];
  return htmlPage(
    `molmo2-webgpu evaluation: ${title}`,
    pageHeader(first, title),
    sections.filter((section) => section !== '').join('\n'),
  );
}

function pageHeader({ head, asked }: ReportedRun, title: string): string {
  const { set, info, startedAt, packageVersion } = head;
  const part = asked < set.questions ? ` of ${set.questions}: the run ended early` : '';
  return `<h1>molmo2-webgpu evaluation</h1>
<p class="adapter">${escapeHtml(title)}</p>
<p class="soft">${escapeHtml(set.name)}: ${plural(asked, 'question')}${part}</p>
<p class="soft">${escapeHtml(adapterName(info))}, molmo2-webgpu ${escapeHtml(packageVersion)}, ${timeElement(startedAt)}</p>`;
}

const namesOf = (runs: readonly ReportedRun[]): string[] => runNames(runs.map(({ head }) => head));

function oneRun({ head, asked, summary }: ReportedRun): string {
  const { score, failed, speed: fast } = summary;
  return `<section>
<h2>Score</h2>
<p class="big"><strong>${score ? scoreText(score.value) : '–'}</strong> ${score ? `<span class="soft">${scoreText(score.low)} to ${scoreText(score.high)}, mean of all questions</span>` : ''}</p>
${cards([
  ['Questions', String(asked)],
  ['Without an answer', String(failed)],
  ['A question takes', fast ? secondsText(fast.medianSec) : '–'],
  ['Decoding', tokensText(fast?.decodeTokensPerSec ?? null)],
  ['Weights', head.settings.weights ?? 'as they are'],
  ['Keys and values', head.settings.kv ?? 'as the weights'],
  ['Kernels', head.settings.kernels ?? 'chosen here'],
])}
</section>`;
}

const tokensText = (rate: number | null): string => (rate === null ? '–' : `${rate.toFixed(1)} tokens/s`);

function severalRuns(runs: readonly ReportedRun[]): string {
  const names = namesOf(runs);
  const rows = runs.map(({ asked, summary, against }, i) => {
    const all = against?.find(({ kind }) => kind === null)?.result;
    const difference = all
      ? `${signed(all.difference.value)} (${signed(all.difference.low)} to ${signed(all.difference.high)}), ${pText(all.pValue)}`
      : '–';
    return [
      `${i + 1} ${escapeHtml(names[i] ?? '')}`,
      String(asked),
      intervalText(summary.score),
      difference,
      String(summary.failed),
      summary.speed ? secondsText(summary.speed.medianSec) : '–',
      tokensText(summary.speed?.decodeTokensPerSec ?? null),
    ];
  });
  const head = ['Run', 'Questions', 'Score', 'Against the first', 'Failed', 'A question takes', 'Decoding'];
  return `<section>
<h2>Runs</h2>
<p class="soft">Score: mean of all questions, with the interval that holds it in 95 of 100 draws of such questions. Differences are from the first run over the same questions, paired question by question.</p>
${table('Runs', head, rows)}
</section>`;
}

function failedNote(runs: readonly ReportedRun[]): string {
  const failed = runs.reduce((sum, { summary }) => sum + summary.failed, 0);
  const unscored = runs.reduce((sum, { summary }) => sum + summary.unscored, 0);
  const cutOff = runs.reduce((sum, { summary }) => sum + summary.truncated, 0);
  const notes = [
    ...(failed > 0 ? [`${plural(failed, 'question')} without an answer, each of which counts as 0`] : []),
    ...(unscored > 0 ? [`${plural(unscored, 'answer')} not scored, which count for nothing`] : []),
    ...(cutOff > 0 ? [`${plural(cutOff, 'answer')} cut off by the limit of new tokens`] : []),
  ];
  if (notes.length === 0) return '<p class="good">Every question has an answer and a score.</p>';
  return `<p class="${failed > 0 ? 'bad-text' : 'soft'}">${notes.join('; ')}.</p>`;
}

function scores(runs: readonly ReportedRun[]): string {
  const names = namesOf(runs);
  const kinds = new Set(runs.flatMap(({ summary }) => summary.kinds.map(({ kind }) => kind)));
  const items = Array.from(kinds, (kind) => {
    const rows = runs.flatMap((run, i) => {
      const of = (groups: readonly GroupSummary[]) => groups.filter((one) => one.kind === kind);
      const name = runs.length === 1 ? null : `${i + 1} ${names[i]}`;
      return [
        ...of(run.summary.kinds).map((group) => groupItem(group, name ?? 'all')),
        ...(runs.length === 1 ? of(run.summary.categories).map((group) => groupItem(group, null)) : []),
      ];
    });
    const { name, score } = kindNames[kind];
    return `<h3>${name} <span>${score}</span></h3>\n<ul class="rows"><li class="axis">${scoreAxis()}</li>${rows.join('')}</ul>`;
  });
  if (items.length === 0) return '';
  return `<section>\n<h2>Scores by kind</h2>\n${items.join('\n')}\n</section>`;
}

function groupItem(group: GroupSummary, name: string | null): string {
  const { kind, category, questions, failed, unscored, score, figures } = group;
  const counted = [
    plural(questions, 'question'),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(unscored > 0 ? [`${unscored} not scored`] : []),
  ];
  const more = figures.flatMap((figure) => figureText(kind, figure));
  return `<li>
<p class="name">${escapeHtml(name ?? category ?? 'others')} <span>${counted.join(', ')}</span></p>
<p class="figures"><strong>${intervalText(score)}</strong>${more.length > 0 ? ` ${more.join(' · ')}` : ''}</p>
${score ? scoreBar(score) : ''}
</li>`;
}

function figureText(kind: QuestionKind, { name, value }: Figure): string[] {
  if (!value) return [];
  const text = name === 'switches' ? String(value.value) : scoreText(value.value);
  return [`${figureName(kind, name)} ${text}`];
}

function speed(runs: readonly ReportedRun[]): string {
  const names = namesOf(runs);
  const points = runs.flatMap(({ summary }, i): SpeedPoint[] =>
    summary.speed && summary.score
      ? [{ number: i + 1, name: names[i] ?? '', seconds: summary.speed.medianSec, score: summary.score }]
      : [],
  );
  const rows = runs.flatMap((run, i) =>
    run.speeds.map(({ kind, score, questions, speed: fast }) => [
      `${runs.length === 1 ? '' : `${i + 1} `}${kind === null ? 'All' : kindNames[kind].name}`,
      String(questions),
      score ? scoreText(score.value) : '–',
      secondsText(fast.medianSec),
      secondsText(fast.p95Sec),
      secondsText(fast.medianFirstTokenSec),
      tokensText(fast.decodeTokensPerSec),
      String(fast.newTokens),
    ]),
  );
  if (rows.length === 0) return '';
  const head = ['Kind', 'Answers', 'Score', 'Median', '95 of 100', 'First token', 'Decoding', 'New tokens'];
  const chart =
    points.length < 2
      ? ''
      : `<p class="soft">Score over the median time of a question; numbers as in the table of runs.</p>\n${speedChart(points)}\n`;
  return `<section>\n<h2>Speed beside accuracy</h2>\n${chart}${table('Speed beside accuracy', head, rows)}\n</section>`;
}

/** A list that is not longer than anybody reads. */
const mostFailures = 200;

function failures(runs: readonly ReportedRun[], isOne: boolean): string {
  const names = namesOf(runs);
  const all = runs.flatMap((run, i) =>
    run.failures.map((failure) => ({ failure, name: isOne ? '' : `${names[i]}: ` })),
  );
  if (all.length === 0) return '';
  const items = all.slice(0, mostFailures).map(
    ({ failure: { id, prompt, error }, name }) => `<li>
<p class="name">${escapeHtml(`${name}${id}`)} <span>${escapeHtml(error?.code ?? 'no answer')}</span></p>
<p class="soft">${escapeHtml(prompt)}</p>
<p class="soft">${escapeHtml(error?.message ?? '')}</p>
</li>`,
  );
  const rest = all.length > mostFailures ? `<p class="soft">And ${all.length - mostFailures} more.</p>` : '';
  return `<section class="bad">\n<h2>${plural(all.length, 'failure')}</h2>\n<ul class="list">${items.join('')}</ul>${rest}\n</section>`;
}

function howItRan({ head }: ReportedRun, name: string | null): string {
  const { settings, info } = head;
  const tuned = Object.entries(info.tuned).map(
    ([work, kernel]) => `<li>${escapeHtml(work)}: ${escapeHtml(kernel)}</li>`,
  );
  const notices = info.notices.map((notice) => `<li>${escapeHtml(notice)}</li>`);
  return `<section>
<h2>How it ran${name === null ? '' : `: ${escapeHtml(name)}`}</h2>
${cards([
  ['Model', settings.model],
  ['Parameters', parameters(info.parameters)],
  ...settingRows(settings),
  ['Adapter', adapterName(info)],
])}
${tuned.length > 0 ? `<h3>Kernels that were the fastest here</h3>\n<ul class="notes">${tuned.join('')}</ul>` : ''}
${notices.length > 0 ? `<h3>Notices</h3>\n<ul class="notes">${notices.join('')}</ul>` : ''}
</section>`;
}

function parameters(count: number): string {
  return count >= 1e9 ? `${(count / 1e9).toFixed(1)} billion` : `${(count / 1e6).toFixed(1)} million`;
}
