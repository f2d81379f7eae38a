// The evaluation's page: asks a model questions whose answers are known, shows how right it is as it goes, and goes on after a reload.

import '../site/contained-worker.ts';
import type { Progress } from '../../src/index.ts';
import { makeReport } from '../../eval/report/report.ts';
import { plural as questionsText } from '../../eval/report/words.ts';
import { readRunText } from '../../eval/run/run-text.ts';
import { byId } from '../dom.ts';
import { hideError, showError } from '../trouble/error-view.ts';
import { setUpFileDrop } from '../media/file-drop.ts';
import { megabytes } from '../format.ts';
import { chosenRequest, setFiles, setUpEvalForm, showRequest } from './eval-form.ts';
import { leftText, LiveScores, setDetail, setNotes, setProgress, setStatus } from './live-view.ts';
import { pagePictures } from './page-pictures.ts';
import { hideReport, setUpReportView, showReport } from './report-view.ts';
import { checkedRequest, type EvalRequest } from './request.ts';
import { runRequest, type FinishedRun } from './run-request.ts';
import { memoryStore, openRunStore, type KeptRun, type RunStore } from './run-store.ts';

const run = byId('run', HTMLButtonElement);
const stop = byId('stop', HTMLButtonElement);
const goOn = byId('go-on', HTMLButtonElement);
const scores = new LiveScores();

let store: RunStore = memoryStore();
let working: AbortController | null = null;

// Two tabs would write into one run.
const lockName = 'molmo2-eval';

function setState(state: 'busy' | 'ready', canGoOn: boolean): void {
  const isBusy = state === 'busy';
  document.body.dataset['state'] = state;
  run.disabled = isBusy;
  // What has the focus must not vanish under it.
  const hadFocus = document.activeElement === stop || document.activeElement === goOn;
  stop.hidden = !isBusy;
  goOn.hidden = isBusy || !canGoOn;
  if (hadFocus) (isBusy ? stop : canGoOn ? goOn : run).focus();
  if (isBusy) return;
  setProgress(null, null);
  setDetail('');
}

/** How much of a kept run was asked, and of how much. */
function countsOf({ text }: KeptRun): { done: number; total: number } | null {
  const kept = readRunText(text, 'The run that this browser keeps');
  return kept && { done: kept.run.asked.length, total: kept.run.set.questions };
}

function placeText(counts: { done: number; total: number } | null): string {
  return counts ? `${counts.done} of ${counts.total}` : 'the beginning';
}

function loadText({ done, total, waiting }: Progress): string {
  return waiting ?? (total === null ? megabytes(done) : `${megabytes(done)} of ${megabytes(total)}`);
}

/** Runs what is kept; `isAgain` where something of it was asked before. */
async function work(kept: KeptRun, isAgain: boolean): Promise<void> {
  hideError();
  hideReport();
  scores.clear();
  const controller = new AbortController();
  const { signal } = controller;
  working = controller;
  setState('busy', false);
  setStatus('Preparing the questions');
  setProgress(0, null);
  await store.setState('running');
  let words = '';
  const finished = await runRequest(kept, store, {
    signal,
    onBegin(before, total) {
      for (const asked of before) scores.add(asked);
      words =
        isAgain && before.length > 0
          ? `Goes on where it was: ${before.length} of ${total}`
          : `Asking ${questionsText(total, 'question')}`;
      setStatus(`${words}. Loading the model.`);
      setProgress(before.length, total);
    },
    onLoad: (progress) => setDetail(loadText(progress)),
    onEvent(event) {
      if (event.type === 'asked') return scores.add(event.asked);
      const { done, total, secondsLeft } = event;
      setStatus(words);
      setDetail(`${done} of ${total}${secondsLeft === null ? '' : `, ${leftText(secondsLeft)}`}`);
      setProgress(done, total);
    },
  });
  await store.setState('done');
  await present(finished);
}

async function present({ run: asked, source }: FinishedRun): Promise<void> {
  setStatus('Drawing the report');
  const report = await makeReport([asked], { questionsOf: () => source.questions(), pictures: pagePictures });
  showReport(report, asked);
  setNotes(asked.info.notices);
  setStatus(`Done: ${questionsText(asked.asked.length, 'question')}.`);
}

/** Waits for other tabs, runs, and tells how it ended. */
async function start(kept: KeptRun, isAgain: boolean): Promise<void> {
  let end: 'done' | 'stopped' = 'stopped';
  try {
    setState('busy', false);
    setStatus('Waiting for another tab that runs an evaluation');
    await navigator.locks.request(lockName, () => work(kept, isAgain));
    end = 'done';
  } catch (error) {
    const isStopped = working?.signal.aborted ?? false;
    await store.setState('stopped').catch(() => {});
    const now = await store.read().catch(() => null);
    setStatus(isStopped ? `Stopped at ${placeText(now && countsOf(now))}.` : 'There was a problem.');
    if (!isStopped) showError(error);
  } finally {
    working = null;
    setState('ready', end === 'stopped');
  }
}

async function begin(): Promise<void> {
  if (working) return;
  hideError();
  let request: EvalRequest;
  try {
    request = checkedRequest(chosenRequest());
    await store.begin(request);
  } catch (error) {
    return showError(error);
  }
  await start({ request, state: 'running', text: '' }, false);
}

async function continueKept(): Promise<void> {
  if (working) return;
  const kept = await store.read();
  if (kept) await start(kept, true);
}

/** What this browser keeps of a run before: one that was under way goes on, a finished one is shown again. */
async function restore(): Promise<void> {
  try {
    store = await openRunStore();
  } catch {
    setNotes(['This browser keeps nothing for this page: after a reload a run begins again.']);
  }
  const kept = await store.read();
  setState('ready', kept?.state === 'stopped');
  if (!kept) return;
  showRequest(kept.request);
  if (kept.state === 'stopped') setStatus(`Stopped at ${placeText(countsOf(kept))}.`);
  else await start(kept, true);
}

setUpEvalForm(() => void begin());
setUpFileDrop('all', ({ files }) => setFiles(files), showError);
setUpReportView();
stop.addEventListener('click', () => working?.abort(new DOMException('Stopped.', 'AbortError')));
goOn.addEventListener('click', () => void continueKept().catch(showError));
restore().catch((error: unknown) => {
  setState('ready', false);
  showError(error);
});
