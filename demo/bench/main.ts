// The benchmark's page: runs the rows in this page, shows each as it comes, and offers the report as a file.

import type { BenchRequest } from '../../bench/options.ts';
import { reportHtml } from '../../bench/report/report-html.ts';
import type { BenchResult } from '../../bench/measure/types.ts';
import { runBench, type BenchEvent } from '../../bench/run-bench.ts';
import { suiteNames } from '../../bench/measure/suites.ts';
import { summaryLine } from '../../bench/report/table.ts';
import { byId, make } from '../dom.ts';
import { denominatorCards, rowElement } from './rows-view.ts';

const form = byId('form', HTMLFormElement);
const suites = byId('suites', HTMLDivElement);
const thorough = byId('thorough', HTMLInputElement);
const peer = byId('peer', HTMLInputElement);
const run = byId('run', HTMLButtonElement);
const stop = byId('stop', HTMLButtonElement);
const saveJson = byId('save-json', HTMLButtonElement);
const saveHtml = byId('save-html', HTMLButtonElement);
const status = byId('status', HTMLParagraphElement);
const progress = byId('progress', HTMLProgressElement);
const cards = byId('denominators', HTMLDListElement);
const rows = byId('rows', HTMLDivElement);
const notes = byId('notes', HTMLUListElement);

// What a visitor waits for at first: a minute on a GPU.
const atFirst = new Set<string>(['kernels']);

suites.append(
  ...suiteNames
    .filter((name) => name !== 'denominators')
    .map((name) =>
      make(
        'label',
        {},
        make('input', { type: 'checkbox', name: 'suite', value: name, checked: atFirst.has(name) }),
        name,
      ),
    ),
);
// Its files are too large for a page that many visit; the development server has them.
byId('peer-box', HTMLLabelElement).hidden = !import.meta.env.BENCH_PEER;

let result: BenchResult | null = null;
let running: AbortController | null = null;

function request(): BenchRequest {
  const chosen = new FormData(form).getAll('suite');
  return {
    suites: ['denominators', ...suiteNames.filter((name) => chosen.includes(name))],
    filter: null,
    quick: !thorough.checked,
    all: false,
    family: null,
    peer: peer.checked,
    budgetSec: null,
  };
}

async function openPeer(device: GPUDevice) {
  if (!import.meta.env.BENCH_PEER) throw new Error('this page comes without it');
  const { openPeer: open } = await import('../../bench/peer/open-peer.ts');
  return open(device);
}

function show(event: BenchEvent): void {
  switch (event.type) {
    case 'start':
      progress.max = Math.max(1, event.rows);
      break;
    case 'open':
      progress.value = Math.min(event.done, progress.max);
      status.textContent = event.row;
      break;
    case 'denominators':
      cards.replaceChildren(...denominatorCards(event.denominators));
      break;
    case 'row':
      suiteOf(event.row.suite).append(rowElement(event.row));
      break;
    case 'note':
      notes.append(make('li', { textContent: event.text }));
      break;
    case 'report': // the page keeps what it showed
      break;
  }
}

/** The part of the page with the rows of a suite. */
function suiteOf(suite: string): Element {
  const known = rows.querySelector(`[data-suite="${suite}"]`);
  if (known) return known;
  const section = make('section', {}, make('h2', { textContent: suite }));
  section.dataset['suite'] = suite;
  rows.append(section);
  return section;
}

function setRunning(controller: AbortController | null): void {
  running = controller;
  document.body.dataset['state'] = controller ? 'busy' : 'ready';
  run.disabled = controller !== null;
  stop.hidden = controller === null;
  progress.hidden = controller === null;
  saveJson.hidden = saveHtml.hidden = controller !== null || result === null;
}

async function measure(): Promise<void> {
  result = null;
  for (const part of [cards, rows, notes]) part.replaceChildren();
  status.removeAttribute('data-bad');
  const controller = new AbortController();
  setRunning(controller);
  try {
    const { signal } = controller;
    result = await runBench(request(), { runtime: navigator.userAgent, openPeer, onEvent: show, signal });
    status.textContent = summaryLine(result.report);
    if (result.report.rows.some(({ check }) => check === 'failed')) status.dataset['bad'] = '';
  } catch (error) {
    if (controller.signal.aborted) status.textContent = 'Stopped.';
    else {
      status.textContent = error instanceof Error ? error.message : String(error);
      status.dataset['bad'] = '';
    }
  } finally {
    setRunning(null);
  }
}

function save(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  make('a', { href: url, download: name }).click();
  URL.revokeObjectURL(url);
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  if (!running) void measure();
});
stop.addEventListener('click', () => running?.abort(new DOMException('Stopped.', 'AbortError')));
saveJson.addEventListener('click', () => {
  if (result) save('bench-report.json', 'application/json', `${JSON.stringify(result.report, null, 2)}\n`);
});
saveHtml.addEventListener('click', () => {
  if (result) save('bench-report.html', 'text/html', reportHtml(result.report, result.notes));
});
// Ten reports are more than the page's own script: it works before they are there.
void import('./reports-view.ts').then(({ setUpReports }) => setUpReports());
