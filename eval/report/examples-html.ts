// The worst answers as markup: what was asked, what was answered, what is right, and where. Pure.

import { escapeHtml } from '../../bench/report/escape-html.ts';
import { pictureFigure } from './example-svg.ts';
import type { ReportedRun, ReportExample } from './report.ts';
import { cut, kindNames, scoreText } from './words.ts';

/** What the marks mean. */
const legend = `<ul class="legend">
<li><svg width="22" height="22" aria-hidden="true"><circle class="halo right" cx="11" cy="11" r="8"/><circle class="right" cx="11" cy="11" r="8"/></svg>reference: a ring, an outline or a box</li>
<li><svg width="22" height="22" aria-hidden="true"><circle class="halo right missed" cx="11" cy="11" r="8"/><circle class="right missed" cx="11" cy="11" r="8"/></svg>reference that was missed</li>
<li><svg width="22" height="22" aria-hidden="true"><circle cx="11" cy="11" r="8.5" fill="#000" fill-opacity="0.5"/><circle cx="11" cy="11" r="7.5" fill="#fff"/><circle cx="11" cy="11" r="6" fill="#d01667"/></svg>answer</li>
<li><svg width="22" height="22" aria-hidden="true"><circle cx="11" cy="11" r="8.5" fill="#000" fill-opacity="0.5"/><circle cx="11" cy="11" r="7.5" fill="#fff"/><circle cx="11" cy="11" r="6" fill="#d01667"/><path class="cross" d="M8 8L14 14M8 14L14 8"/></svg>answer on nothing</li>
<li><svg width="32" height="22" aria-hidden="true"><path class="halo right way" d="M2 17L30 7"/><path class="right way" d="M2 17L30 7"/></svg>way of the reference; solid in a colour: of the answer</li>
</ul>`;

/** The section of one run, named where there are several; empty where every answer is right. */
export function exampleSections(run: ReportedRun, name: string | null): string {
  if (run.examples.length === 0) return '';
  const title = name === null ? 'The worst answers' : `The worst answers of ${escapeHtml(name)}`;
  return `<section>
<h2>${title}</h2>
${legend}
<div class="examples">
${run.examples.map(exampleArticle).join('\n')}
</div>
</section>`;
}

function exampleArticle({ asked, expected, why, shown }: ReportExample): string {
  const { id, kind, category, prompt, answer, score } = asked;
  const { pictures, outOf, problem } = shown;
  const figures = pictures.map((picture) => pictureFigure(picture, pictures.length === 1)).join('');
  const notes = [
    ...(pictures.length < outOf ? [`${pictures.length} of ${outOf} shown.`] : []),
    ...(problem === null ? [] : [problem]),
  ];
  const group = [kindNames[kind].name, ...(category === undefined ? [] : [category]), id].join(' · ');
  return `<article>
<h3>${escapeHtml(prompt)}</h3>
<p class="soft"><strong class="score">${score ? scoreText(score.score) : '–'}</strong> ${escapeHtml(group)}</p>
${figures === '' ? '' : `<div class="pictures${pictures.length > 1 ? ' many' : ''}">${figures}</div>\n`}${notes.map((note) => `<p class="soft">${escapeHtml(cut(note, 300))}</p>\n`).join('')}<dl class="texts">
<dt>Answer</dt><dd><code>${escapeHtml(cut(answer?.text ?? '')) || '(empty)'}</code></dd>
${expected === null ? '' : `<dt>Right</dt><dd>${escapeHtml(cut(expected))}</dd>\n`}<dt>Why</dt><dd>${escapeHtml(cut(why))}</dd>
</dl>
</article>`;
}
