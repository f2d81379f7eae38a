// Wires the page: media and questions in, events of the engine out to the overlay, the answer and the time line.

import './site/contained-worker.ts';
import { Molmo2Error } from '../src/index.ts';
import { setUpDeviceReport } from './trouble/device-report.ts';
import { byId } from './dom.ts';
import { Workbench } from './edit/workbench.ts';
import { hideError, showError, showProblem } from './trouble/error-view.ts';
import { setUpSaving } from './export/saving.ts';
import { markSample, setUpMediaPicker } from './media/media-picker.ts';
import { Models } from './model/models.ts';
import { Seen } from './model/situation.ts';
import { setUpModelMenu } from './model/model-menu.ts';
import { pageState, readyStatus, setPageState, tellReady } from './page-state.ts';
import { presentVideo } from './answer/present-video.ts';
import { setUpQuestionForm } from './ask/question-form.ts';
import { setUpRecordedAnswer } from './recorded/recorded-answer.ts';
import { Session } from './session.ts';
import { setUpOffline } from './site/offline.ts';
import { setUpReach } from './site/reach.ts';
import { setUpSources, type Sources } from './sources/sources.ts';
import { Arrivals } from './stage/arrivals.ts';
import { OnStage } from './stage/on-stage.ts';
import { revealAnswer, setUpAnswerTools } from './talk/answer-tools.ts';
import { askForm, tellForm } from './talk/ask-form.ts';
import { comparedDocument } from './talk/compared-document.ts';
import { Comparison } from './talk/comparison.ts';
import { setUpPlaces } from './talk/places-view.ts';
import { Talk } from './talk/talk.ts';
import type { Turn } from './talk/turn.ts';
import { TurnDrawing } from './talk/turn-drawing.ts';
import { setUpTurnsRow } from './talk/turns-row.ts';
import { setUpTimeline } from './player/timeline.ts';
import { beginVisit } from './visit/begin-visit.ts';
import { Visit } from './visit/visit.ts';

const session = new Session();
const visit = new Visit(session);
const seen = new Seen();
const form = setUpQuestionForm(() => askForm(page, (turns) => comparison.begin(turns)));
const timeline = setUpTimeline({
  // A conversation is about what was looked at; another part begins a new one.
  onPart: () => void talk.between(() => session.forget()),
  plan: (signal) => session.plan(stage.media, { ...form.limits, ...timeline.part }, signal),
  onError: showError,
});

const stage: OnStage = new OnStage({
  onLeaving: () => {
    hideError();
    sources.leave();
    // Questions about it have no place to be shown any more.
    talk.clear();
  },
  onChanged: () => {
    timeline.follow(stage.shown.video, stage.shown.overlays[0] ?? null);
    markSample(stage.sample);
    tellForm(page);
  },
});

const drawing: TurnDrawing = new TurnDrawing({
  shown: () => stage.shown,
  kind: () => stage.media?.kind ?? 'none',
  onDrawn: (turn) => workbench.show(turn),
});

const comparison: Comparison = new Comparison({
  shown: () => stage.shown,
  onChanged: () => {
    workbench.show(null);
    showRow();
  },
  onLeft: () => talk.show(talk.shown),
});
const showRow = setUpTurnsRow(() => talk, comparison);

const talk: Talk = new Talk(session, {
  onTurns: () => {
    showRow();
    if (talk.isAnswering && pageState() !== 'busy') setPageState('busy', 'Preparing');
  },
  onShow: (turn) => {
    if (comparison.has(turn)) return comparison.draw();
    // Something else is asked or shown.
    comparison.forget();
    drawing.draw(turn);
  },
  onEvent: (event, turn) => {
    if (comparison.has(turn)) comparison.drawEvent(event, turn);
    drawing.drawEvent(event, turn, !comparison.isOn);
  },
  onEnd: endTurn,
});

const models = new Models(session, {
  onNone: () => talk.close(),
  onChanged: () => {
    tellForm(page);
    if (!session.info) return;
    timeline.tellSampling();
    if (!talk.isAnswering) setPageState('ready', readyStatus(isEmpty()));
    talk.open();
  },
  whenFree: (work) => talk.between(work),
});

const workbench: Workbench = new Workbench({
  media: () => stage.media,
  shown: () => stage.shown,
  momentSec: () => timeline.momentSec,
  part: () => timeline.part,
  turn: () => (comparison.isOn ? null : talk.shown),
  compared: () => comparedDocument(comparison.turns),
  ask: (question) => talk.ask(question, form.options),
  showTurn: (turn) => talk.show(turn),
  onChanged: () => {
    drawing.showMarks();
    void visit.keepTalk(talk.turns);
  },
  onSaved: setUpSaving(stage, talk, () => workbench.savable),
  onOpen: (file) => void arrivals.openFile(file).catch(showError),
  onError: showError,
});

const arrivals = new Arrivals({
  stage,
  talk,
  visit,
  onReady: () => tellReady(isEmpty()),
  onQuestion: (question) => form.setPrompt(question),
});

const sources: Sources = setUpSources({
  onFiles: (files) => void arrivals.chooseFiles(files),
  onLive: () => {
    stage.choose();
    stage.clear();
    visit.keepMedia(null, null);
  },
  onOpened: () => {
    tellForm(page);
    tellReady(isEmpty());
  },
  onLeft: () => stage.clear(),
  onProblem: showProblem,
  onError: fail,
  hideError,
  prompt: () => form.prompt,
  askForPrompt: () => form.askForPrompt(),
  options: () => form.options,
  model: () => session.model,
});

/** Whether nothing is there that could be asked about. */
const isEmpty = (): boolean => !stage.media && !sources.isLive;
const page = { session, stage, form, timeline, sources, talk };

function endTurn(turn: Turn, error: unknown): void {
  const { video, overlays } = stage.shown;
  const status = { answered: 'Answered', cancelled: 'Cancelled' }[turn.state as string];
  setPageState(session.info ? 'ready' : 'loading', status ?? 'There was a problem');
  if (turn.answer && session.info) seen.note(turn.answer, session.info);
  if (comparison.has(turn)) comparison.draw();
  else if (talk.shown === turn) drawing.draw(turn);
  if ((comparison.has(turn) || talk.shown === turn) && turn.answer && video && overlays[0])
    presentVideo(video, overlays[0]);
  workbench.ended(turn);
  void visit.keepTalk(talk.turns);
  if (error) fail(error);
}

/** Says what went wrong; a model whose device or worker is lost is loaded again. */
function fail(error: unknown): void {
  showError(error);
  if (error instanceof Molmo2Error && (error.code === 'device-lost' || error.code === 'worker-failed'))
    models.reload();
}

async function start(): Promise<void> {
  const model = models.loadFirst();
  beginVisit({ session, stage, arrivals, talk, visit, isEmpty }, model).catch(showError);
  await model;
  models.resume();
}

setUpMediaPicker({
  onFiles: (files) => void arrivals.chooseFiles(files),
  onSample: (files, sample) => {
    arrivals.askSample(files, sample);
    revealAnswer();
  },
  onModelFolder: (files) => models.choose({ model: files }),
  onError: showError,
});
setUpPlaces({ overlays: () => stage.shown.overlays, onTime: (timeSec) => stage.seek(timeSec) });
setUpAnswerTools(talk, form);
setUpRecordedAnswer();
setUpReach();
setUpModelMenu(
  (choice) => models.choose(choice),
  () => seen.situation(session.info),
);
setUpDeviceReport(() => session.info);
byId('cancel', HTMLButtonElement).addEventListener('click', () => talk.cancel());
byId('retry', HTMLButtonElement).addEventListener('click', () => void models.loadFirst());
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && !document.querySelector('dialog[open]')) talk.cancel();
});
void start();
void setUpOffline();
