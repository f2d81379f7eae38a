// The finished run: its report in the page, and as files.

import { reportHtml } from '../../eval/report/report-html.ts';
import { reportJson } from '../../eval/report/report-json.ts';
import type { EvalReport } from '../../eval/report/report.ts';
import type { EvalRun } from '../../eval/run/run-record.ts';
import { runLine } from '../../eval/run/run-text.ts';
import { byId, make } from '../dom.ts';

const box = byId('report-box', HTMLElement);
const frame = byId('report', HTMLIFrameElement);

interface Finished {
  readonly html: string;
  readonly json: string;
  readonly run: string;
}

let finished: Finished | null = null;
let shownUrl: string | null = null;

/** The report is a page of its own without scripts, so that its styles and ours do not meet. */
export function showReport(report: EvalReport, { asked, ...head }: EvalRun): void {
  const html = reportHtml(report);
  finished = { html, json: reportJson(report), run: [head, ...asked].map(runLine).join('') };
  hideFrame();
  shownUrl = URL.createObjectURL(new Blob([html], { type: 'text/html' }));
  frame.src = shownUrl;
  box.hidden = false;
  setButtons(true);
}

export function hideReport(): void {
  finished = null;
  hideFrame();
  box.hidden = true;
  setButtons(false);
}

function hideFrame(): void {
  if (shownUrl) URL.revokeObjectURL(shownUrl);
  shownUrl = null;
  frame.removeAttribute('src');
}

function setButtons(isThere: boolean): void {
  for (const id of ['save-html', 'save-json', 'save-run']) byId(id, HTMLButtonElement).hidden = !isThere;
}

function save(name: string, type: string, text: string | undefined): void {
  if (text === undefined) return;
  const url = URL.createObjectURL(new Blob([text], { type }));
  make('a', { href: url, download: name }).click();
  URL.revokeObjectURL(url);
}

/** As high as what is in it: one page to scroll, not two. */
function fit(): void {
  const page = frame.contentDocument?.documentElement;
  if (page && shownUrl) frame.style.height = `${page.scrollHeight + 2}px`;
}

export function setUpReportView(): void {
  frame.addEventListener('load', fit);
  addEventListener('resize', fit);
  byId('save-html', HTMLButtonElement).addEventListener('click', () =>
    save('eval-report.html', 'text/html', finished?.html),
  );
  byId('save-json', HTMLButtonElement).addEventListener('click', () =>
    save('eval-report.json', 'application/json', finished?.json),
  );
  byId('save-run', HTMLButtonElement).addEventListener('click', () =>
    save('eval-answers.jsonl', 'application/jsonl', finished?.run),
  );
}
