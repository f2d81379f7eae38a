// Wires the page: media and questions in, events of the engine out to the overlay, the answer and the time line.

import './site/contained-worker.ts';
import { Molmo2Error, type AskEvent } from '../src/index.ts';
import { showText, showTurn } from './answer-view.ts';
import { setUpDeviceReport } from './device-report.ts';
import { beforePaint, byId, make } from './dom.ts';
import { importedTurn } from './edit/imported-turn.ts';
import { Workbench } from './edit/workbench.ts';
import { hideError, showError, showLoadError, showProblem } from './error-view.ts';
import { chooseMedia, type Media } from './media.ts';
import { isAnimated } from './media-formats.ts';
import { markSample, setUpMediaPicker } from './media-picker.ts';
import { showLoad } from './model/load-bar.ts';
import { ModelLoads } from './model/model-loads.ts';
import { rememberRate, Seen } from './model/situation.ts';
import { showModel } from './model-facts.ts';
import { setUpModelMenu } from './model-menu.ts';
import { pageState, setPageState, setStatus, showProgress } from './page-state.ts';
import { isAnnotationFile, openAnnotations } from './export/open-file.ts';
import { presentVideo } from './present-video.ts';
import { questionsFile } from './export/question-export.ts';
import { setUpQuestionForm } from './question-form.ts';
import { savedPicture } from './export/save-picture.ts';
import { setUpRecordedAnswer } from './recorded/recorded-answer.ts';
import { fetchSample, type Sample, samples } from './samples.ts';
import { builtIn, type ModelChoice, Session } from './session.ts';
import { setUpOffline } from './site/offline.ts';
import { setUpReach } from './site/reach.ts';
import { setUpSources, type Sources } from './sources/sources.ts';
import { mediaNote, nothingShown, showMedia, showNothing, type Shown } from './stage/show-media.ts';
import { setUpPlaces, showPlaces } from './talk/places-view.ts';
import { ownSuggestions } from './talk/own-suggestions.ts';
import { Talk } from './talk/talk.ts';
import { showTurns } from './talk/turns-view.ts';
import { conversationOf, type Turn } from './talk/turn.ts';
import { setUpTimeline } from './timeline.ts';
import { Visit } from './visit/visit.ts';
import { firstSample } from './visit/first-sample.ts';
import { lastModel, rememberModel } from './visit/last-model.ts';

const session = new Session();
const visit = new Visit(session);
const seen = new Seen();
const form = setUpQuestionForm(ask);
const timeline = setUpTimeline({
  // A conversation is about what was looked at; another part begins a new one.
  onPart: () => void talk.between(() => session.forget()),
  plan: (signal) => session.plan(media, { ...form.limits, ...timeline.part }, signal),
  onError: showError,
});
let media: Media | null = null;
let shown: Shown = nothingShown;
/** The sample that the media are. */
let sampleShown: Sample | null = null;

const talk = new Talk(session, {
  onTurns: () => {
    showTurns(talk.turns, talk.shown, {
      onShow: (turn) => {
        talk.show(turn);
        revealAnswer();
      },
      onTakeBack: (turn) => talk.takeBack(turn),
    });
    if (talk.isAnswering && pageState() !== 'busy') setPageState('busy', 'Preparing');
  },
  onShow: drawTurn,
  onEvent: drawEvent,
  onEnd: endTurn,
});

const loads: ModelLoads = new ModelLoads(session, {
  onState: (state) => {
    showLoad(state, loads);
    if (state?.bytesPerSec) rememberRate(state.bytesPerSec);
  },
  onLoaded: (choice) => {
    rememberModel(choice, true);
    modelChanged();
  },
  onFailed: (error, choice) => {
    void showLoadError(error, () => chooseModel(choice));
    // Where the model before had to make room, the built-in one keeps the page working.
    if (!session.info) void loadFirst();
  },
  whenFree: (work) => talk.between(work),
});

const workbench: Workbench = new Workbench({
  media: () => media,
  shown: () => shown,
  turn: () => talk.shown,
  ask: (question) => talk.ask(question, form.options),
  showTurn: (turn) => talk.show(turn),
  onChanged: () => {
    showMarks();
    void visit.keepTalk(talk.turns);
  },
  onSaved: ({ content, ending }) => save(content, ending),
  onOpen: (file) => void openFile(file).catch(showError),
  onError: showError,
});

function readyStatus(): string {
  return media || sources.isLive
    ? 'Ready for a question'
    : 'Ready. Choose a picture or a video, or take a sample.';
}

function tellForm(): void {
  form.setAbout({
    kind: media?.kind ?? (sources.isLive ? 'images' : 'none'),
    pictures: media?.files.length ?? 1,
    builtIn: session.choice === builtIn,
  });
}

function modelChanged(): void {
  showModel(session.info, session.choice);
  tellForm();
  suggest();
  if (!session.info) return;
  timeline.tellSampling();
  if (!talk.isAnswering) setPageState('ready', readyStatus());
  talk.open();
}

/** Loads what the visitor chose, beside the model that answers; what an earlier error said no longer matters. */
function chooseModel(choice: ModelChoice): void {
  hideError();
  rememberModel(choice, false);
  void loads.start(choice);
}

/** Loads the model inside the page, without which nothing can be asked. */
async function loadFirst(): Promise<void> {
  hideError();
  talk.close();
  setPageState('loading', 'Loading the model');
  try {
    await session.load(builtIn, {
      onProgress: (progress) => pageState() === 'loading' && showProgress(progress, 'none'),
      signal: new AbortController().signal,
      whenFree: (work) => talk.between(work),
    });
    modelChanged();
  } catch (error) {
    showModel(null, builtIn);
    setPageState('error', 'No model is loaded.');
    await showLoadError(error, () => void loadFirst());
  }
}

/** Takes what was there from the stage; its questions have no place to be shown any more. */
function clearStage(): void {
  hideError();
  sources.leave();
  talk.clear();
  media = null;
  shown = showNothing();
  timeline.follow(null, null);
  markSample(null);
  sampleShown = null;
  suggest();
  tellForm();
}

/** Counts what was chosen: of two choices the later one is meant, whichever is read first. */
let choices = 0;

/** Shows annotations of a file over what is on the stage, or over the media that it brings along. */
async function openFile(file: File): Promise<void> {
  hideError();
  const opened = await openAnnotations(file, media, talk.shown?.info ?? null, shown);
  if (opened.media) {
    putOnStage(opened.media, null);
    visit.keepMedia(opened.media, null);
  }
  const about = media;
  if (about) talk.add((id) => importedTurn(id, file.name, opened.document, about));
  void visit.keepTalk(talk.turns);
}

async function chooseFiles(files: readonly File[]): Promise<void> {
  const [only] = files;
  if (only && files.length === 1 && (await isAnnotationFile(only))) return openFile(only).catch(showError);
  const mine = ++choices;
  // What was there before is gone, also where the new files are refused.
  clearStage();
  visit.keepMedia(null, null);
  const chosen = await chooseMedia(files);
  if (mine !== choices) return;
  if ('problem' in chosen) return showProblem(chosen.problem);
  putOnStage(chosen.media, null);
  visit.keepMedia(chosen.media, null);
  void tellOfAnimation(chosen.media);
  if (pageState() === 'ready') setStatus(readyStatus());
}

/** A picture that moves is one picture for the model: its first. */
async function tellOfAnimation(chosen: Media): Promise<void> {
  if (chosen.kind !== 'images') return;
  const moving = await Promise.all(chosen.files.map(isAnimated));
  const name = chosen.files[moving.indexOf(true)]?.name;
  if (name !== undefined && media === chosen)
    mediaNote(
      `“${name}” moves, and the model sees its first frame alone. Save it as MP4 or WebM to ask about all of it.`,
    );
}

function putOnStage(chosen: Media, sample: Sample | null): void {
  choices++;
  clearStage();
  media = chosen;
  shown = showMedia(chosen, (file) => {
    if (media !== chosen) return;
    showError(
      new Molmo2Error(
        'media-unreadable',
        `"${file.name}" (${file.size} bytes) cannot be shown as a picture. Choose another file.`,
      ),
    );
  });
  timeline.follow(shown.video, shown.overlays[0] ?? null);
  markSample(sample);
  tellForm();
  sampleShown = sample;
  suggest();
}

/** Questions to press: the sample's own, or some that suit any picture or video. */
function suggest(): void {
  const own = media ? ownSuggestions(media, session.choice === builtIn) : [];
  form.setSuggestions(sampleShown?.questions.map(({ question }) => question) ?? own);
}

function seek(timeSec: number): void {
  if (!shown.video) return;
  shown.video.pause();
  shown.video.currentTime = timeSec;
}

/** Lists and time line follow the overlay; once per paint, as a track may send hundreds of steps. */
const showMarks = beforePaint(() => {
  const overlay = shown.overlays[0];
  if (!overlay) return;
  showPlaces(overlay);
  const { points, tracks } = overlay;
  byId('save', HTMLElement).hidden = points.length + tracks.length === 0;
});

/** Shows a turn, with what it has marked so far. */
function drawTurn(turn: Turn | null): void {
  showTurn(turn);
  for (const overlay of shown.overlays) {
    overlay.clear();
    for (const event of turn?.events ?? []) overlay.handle(event);
  }
  workbench.show(turn);
  showMarks();
}

/** Shows what is new in the turn that is shown. */
function drawEvent(event: AskEvent, turn: Turn): void {
  for (const overlay of shown.overlays) overlay.handle(event);
  switch (event.type) {
    case 'progress':
      showProgress(event, media?.kind ?? 'none');
      break;
    case 'text':
      showText(turn);
      break;
    case 'done':
      showTurn(turn);
      showMarks();
      break;
    case 'media':
      for (const text of event.media.notices ?? []) mediaNote(text);
      showMarks();
      break;
    case 'notice':
      mediaNote(event.message);
      break;
    case 'point':
    case 'track':
      showMarks();
      break;
    case 'count':
    case 'trace':
  }
}

function endTurn(turn: Turn, error: unknown): void {
  const status = { answered: 'Answered', cancelled: 'Cancelled' }[turn.state as string];
  setPageState(session.info ? 'ready' : 'loading', status ?? 'There was a problem');
  if (turn.answer && session.info) seen.note(turn.answer, session.info);
  if (talk.shown === turn) {
    drawTurn(turn);
    if (turn.answer && shown.video && shown.overlays[0]) presentVideo(shown.video, shown.overlays[0]);
  }
  workbench.ended(turn);
  void visit.keepTalk(talk.turns);
  if (error) fail(error);
}

/** Says what went wrong; a model whose device or worker is lost is loaded again. */
function fail(error: unknown): void {
  showError(error);
  if (error instanceof Molmo2Error && (error.code === 'device-lost' || error.code === 'worker-failed')) {
    const { choice } = session;
    session.dispose();
    setPageState('loading', 'Loading the model again');
    if (choice === builtIn) void loadFirst();
    else void loads.start(choice);
  }
}

function ask(): void {
  hideError();
  const { prompt, keep, limits, options } = form;
  if (prompt === '') return form.askForPrompt();
  if (sources.ask()) return;
  if (!media && session.choice === builtIn)
    return showProblem({
      title: 'There is nothing to look at yet',
      message: 'Choose a picture or a video, or take a sample.',
      code: null,
      help: [],
    });
  const part = media?.kind === 'video' ? timeline.part : {};
  talk.ask({ prompt, media, keep, limits: { ...limits, ...part } }, options);
  revealAnswer();
}

/** Where the window is small, the answer is brought in sight beside or under the picture. */
function revealAnswer(): void {
  byId('answer-card', HTMLElement).scrollIntoView({ block: 'nearest' });
}

/** Puts a sample on the stage and asks its first question. */
function askSample(files: readonly File[], sample: Sample): void {
  const chosen: Media = {
    kind: /\.(mp4|webm)$/.test(files[0]?.name ?? '') ? 'video' : 'images',
    files,
    name: sample.name,
  };
  putOnStage(chosen, sample);
  visit.keepMedia(chosen, sample);
  const [first] = sample.questions;
  if (!first) return;
  form.setPrompt(first.question);
  talk.ask({ prompt: first.question, media: chosen, keep: false, limits: {} }, {});
}

/** Hands a file to the visitor, under the name of the media. */
function save(content: Blob, ending: string): void {
  const url = URL.createObjectURL(content);
  const name = (media?.name ?? 'answers').replace(/\.[^.]*$/, '');
  make('a', { href: url, download: `${name}-${ending}` }).click();
  URL.revokeObjectURL(url);
}

async function savePicture(): Promise<void> {
  const picture = await savedPicture(shown.overlays);
  if (picture) save(picture, 'dots.png');
}

function saveQuestions(): void {
  const turns = talk.shown ? conversationOf(talk.turns, talk.shown) : [];
  const asked = turns.flatMap(({ question, answer, info }) =>
    answer
      ? {
          prompt: question.prompt,
          answer,
          media: info,
          fileNames: media?.files.map(({ name }) => name) ?? [],
        }
      : [],
  );
  save(new Blob([questionsFile(asked)], { type: 'application/json' }), 'questions.json');
}

/** The page as it was before a reload; otherwise, on a first visit, a sample that answers itself. */
async function begin(model: Promise<void>): Promise<void> {
  const before = await visit.read();
  // Whoever was faster than the browser's disk has chosen something else.
  if (media || sources.isLive) return;
  if (before) {
    const sample = samples.find(({ name }) => name === before.sample) ?? null;
    putOnStage(before.media, sample);
    talk.restore(before.turns);
    if (before.chat) session.restore(before.chat, before.media);
    return;
  }
  const sample = firstSample();
  if (!sample) return;
  // Until there is somebody to answer, a recorded answer shows what this is.
  const [files] = await Promise.all([fetchSample(sample), model]);
  if (!media && !sources.isLive && session.info) askSample(files, sample);
}

async function start(): Promise<void> {
  const model = loadFirst();
  begin(model).catch(showError);
  await model;
  const last = lastModel();
  if (!last || loads.isLoading) return;
  if (last.loaded) void loads.start(last.choice);
  else loads.offer(last.choice);
}

const sources: Sources = setUpSources({
  onFiles: (files) => void chooseFiles(files),
  onLive: () => {
    choices++;
    clearStage();
    visit.keepMedia(null, null);
  },
  onOpened: () => {
    tellForm();
    if (pageState() === 'ready') setStatus(readyStatus());
  },
  onLeft: clearStage,
  onProblem: showProblem,
  onError: fail,
  hideError,
  prompt: () => form.prompt,
  askForPrompt: () => form.askForPrompt(),
  options: () => form.options,
  model: () => session.model,
});
setUpMediaPicker({
  onFiles: (files) => void chooseFiles(files),
  onSample: (files, sample) => {
    askSample(files, sample);
    revealAnswer();
  },
  onModelFolder: (files) => chooseModel({ model: files }),
  onError: showError,
});
setUpPlaces({ overlays: () => shown.overlays, onTime: seek });
setUpRecordedAnswer();
setUpReach();
setUpModelMenu(chooseModel, () => seen.situation(session.info));
setUpDeviceReport(() => session.info);
byId('cancel', HTMLButtonElement).addEventListener('click', () => talk.cancel());
byId('retry', HTMLButtonElement).addEventListener('click', () => void loadFirst());
byId('save', HTMLButtonElement).addEventListener('click', () => savePicture().catch(showError));
byId('copy', HTMLButtonElement).addEventListener('click', () => {
  // Missing in pages that are no secure context, whatever the types say.
  const { clipboard } = navigator as Partial<Navigator>;
  const text = byId('answer', HTMLElement).innerText;
  clipboard?.writeText(text).then(() => setStatus('The answer is copied'), showError);
});
byId('edit', HTMLButtonElement).addEventListener('click', () => {
  form.setPrompt(talk.shown?.question.prompt ?? '');
  byId('prompt', HTMLElement).focus();
});
byId('export', HTMLButtonElement).addEventListener('click', saveQuestions);
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && !document.querySelector('dialog[open]')) talk.cancel();
});
void start();
void setUpOffline();
