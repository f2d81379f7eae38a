// Wires the page: media and questions in, events of the engine out to the overlay, the answer and the time line.

import { Molmo2Error, type AskEvent, type MediaInfo } from '../src/index.ts';
import { dropAnswer, endAnswer, showPlaces, showText, showTimings, startAnswer } from './answer-view.ts';
import { setUpDeviceReport } from './device-report.ts';
import { beforePaint, byId, make } from './dom.ts';
import { hideError, showError, showLoadError } from './error-view.ts';
import { chooseMedia, type Media } from './media.ts';
import { markSample, setUpMediaPicker } from './media-picker.ts';
import { showModel } from './model-facts.ts';
import { setUpModelMenu } from './model-menu.ts';
import { pageState, setPageState, setStatus, showProgress } from './page-state.ts';
import { questionsFile, type AskedTurn } from './question-export.ts';
import { setUpQuestionForm } from './question-form.ts';
import type { Sample } from './samples.ts';
import { builtIn, type ModelChoice, Session } from './session.ts';
import { mediaNote, nothingShown, showMedia, type Shown } from './stage.ts';
import { setUpTimeline } from './timeline.ts';

const session = new Session();
const timeline = setUpTimeline();
const form = setUpQuestionForm(() => void ask());
let media: Media | null = null;
let shown: Shown = nothingShown;
let working: AbortController | null = null;
/** What was asked and answered in this conversation. */
let turns: AskedTurn[] = [];

function readyStatus(): string {
  return media ? 'Ready for a question' : 'Ready. Choose a picture or a video, or take a sample.';
}

/** Runs one piece of work at a time; what ran before is cancelled. */
function startWork(): AbortController {
  working?.abort();
  working = new AbortController();
  return working;
}

function tellForm(): void {
  form.setAbout({
    kind: media?.kind ?? 'none',
    pictures: media?.files.length ?? 0,
    builtIn: session.choice === builtIn,
  });
}

/** Loads what the visitor chose; what an earlier error said no longer matters. */
function chooseModel(choice: ModelChoice): void {
  hideError();
  void loadModel(choice);
}

async function loadModel(choice: ModelChoice): Promise<void> {
  const work = startWork();
  let status: string | null = null;
  setPageState('loading', 'Loading the model');
  try {
    await session.load(choice, (p) => work === working && showProgress(p, 'none'), work.signal);
  } catch (error) {
    if (work !== working) return;
    if (work.signal.aborted) status = 'Cancelled. The model before is still in use.';
    else await showLoadError(error, () => chooseModel(choice));
    // The model before is gone: the built-in one keeps the page working.
    if (!session.info && choice !== builtIn) return loadModel(builtIn);
  }
  if (work !== working) return;
  showModel(session.info, session.choice);
  tellForm();
  if (session.info) setPageState('ready', status ?? readyStatus());
  else setPageState('error', 'No model is loaded. Choose one under Model, at the top of the page.');
}

function setFiles(files: readonly File[], sample: Sample | null): void {
  const chosen = chooseMedia(files);
  hideError();
  if (typeof chosen === 'string') return showError(new Molmo2Error('media-unreadable', chosen));
  if (pageState() === 'busy') working?.abort();
  session.forget();
  media = chosen;
  shown = showMedia(chosen, (file) =>
    showError(
      new Molmo2Error(
        'media-unreadable',
        `"${file.name}" (${file.size} bytes) cannot be shown as a picture. Choose another file.`,
      ),
    ),
  );
  timeline.follow(shown.video);
  markSample(sample);
  byId('answer-card', HTMLElement).hidden = true;
  byId('history', HTMLElement).hidden = true;
  tellForm();
  form.setSuggestions((sample?.questions ?? []).map(({ question }) => question));
  if (sample) form.setPrompt(sample.questions[0]?.question ?? '');
  if (pageState() === 'ready') setStatus(readyStatus());
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
  showPlaces(overlay, shown.video ? seek : null);
  timeline.update(overlay);
});

/** Shows the first marked moment; a track is played, as motion is what it is about. */
function presentVideo(video: HTMLVideoElement): void {
  const overlay = shown.overlays[0];
  const times = [
    ...(overlay?.points.flatMap((p) => p.timeSec ?? []) ?? []),
    ...(overlay?.tracks.flatMap((t) => t.points[0]?.timeSec ?? []) ?? []),
  ];
  if (times.length === 0 || !video.paused) return;
  video.currentTime = Math.min(...times);
  if (!overlay || overlay.tracks.length === 0 || matchMedia('(prefers-reduced-motion: reduce)').matches)
    return;
  video.loop = video.duration < 30;
  // A browser may refuse to play; the controls are there.
  video.play().catch(() => {});
}

/** Shows one event; `text` is the answer so far, and the answer after it is returned. */
function show(event: AskEvent, text: string): string {
  for (const overlay of shown.overlays) overlay.handle(event);
  switch (event.type) {
    case 'progress':
      showProgress(event, media?.kind ?? 'none');
      break;
    case 'text':
      showText(text + event.text);
      return text + event.text;
    case 'done':
      showText(event.answer.text);
      showTimings(event.answer);
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
  return text;
}

async function ask(): Promise<void> {
  if (pageState() !== 'ready') return;
  hideError();
  if (!media && session.choice === builtIn)
    return showError(
      new Molmo2Error(
        'bad-request',
        'There is nothing to look at yet. Choose a picture or a video, or take a sample.',
      ),
    );
  const work = startWork();
  const { prompt, keep, limits, options } = form;
  const stage = shown;
  const continues = keep && session.canContinue(media);
  startAnswer(prompt, continues);
  if (!continues) turns = [];
  const turn = { prompt, fileNames: media?.files.map(({ name }) => name) ?? [] };
  let info: MediaInfo | null = turns.at(-1)?.media ?? null;
  for (const overlay of stage.overlays) overlay.clear();
  showMarks();
  setPageState('busy', 'Preparing');
  try {
    let text = '';
    for await (const event of session.ask(
      { prompt, media, keep, limits },
      { ...options, signal: work.signal },
    )) {
      // Media chosen in the meantime have their own answers.
      if (work.signal.aborted || stage !== shown) break;
      text = show(event, text);
      if (event.type === 'media') info = event.media;
      if (event.type === 'done') turns.push({ ...turn, answer: event.answer, media: info });
    }
    finish(work, 'Answered');
    const [first] = stage.overlays;
    byId('save', HTMLElement).hidden = !first || first.points.length + first.tracks.length === 0;
    byId('export', HTMLElement).hidden = turns.length === 0;
    if (stage === shown && stage.video) presentVideo(stage.video);
  } catch (error) {
    session.forget();
    const cancelled = work.signal.aborted;
    dropAnswer();
    finish(work, cancelled ? 'Cancelled' : 'There was a problem');
    if (cancelled || work !== working) return;
    showError(error);
    if (error instanceof Molmo2Error && (error.code === 'device-lost' || error.code === 'worker-failed')) {
      session.dispose();
      void loadModel(session.choice);
    }
  }
}

function finish(work: AbortController, status: string): void {
  endAnswer();
  if (work === working) setPageState('ready', status);
}

function cancel(): void {
  if (pageState() === 'busy' || pageState() === 'loading') working?.abort();
}

/** Hands a file to the visitor, under the name of the media. */
function save(content: Blob, ending: string): void {
  const url = URL.createObjectURL(content);
  const name = (media?.name ?? 'answers').replace(/\.[^.]*$/, '');
  make('a', { href: url, download: `${name}-${ending}` }).click();
  URL.revokeObjectURL(url);
}

async function savePicture(): Promise<void> {
  const [overlay] = shown.overlays;
  if (overlay) save(await overlay.snapshot(), 'dots.png');
}

setUpMediaPicker({
  onFiles: setFiles,
  onModelFolder: (files) => chooseModel({ model: files }),
  onError: showError,
});
setUpModelMenu(chooseModel);
setUpDeviceReport(() => session.info);
byId('cancel', HTMLButtonElement).addEventListener('click', cancel);
byId('save', HTMLButtonElement).addEventListener('click', () => savePicture().catch(showError));
byId('export', HTMLButtonElement).addEventListener('click', () =>
  save(new Blob([questionsFile(turns)], { type: 'application/json' }), 'questions.json'),
);
byId('fullscreen', HTMLButtonElement).addEventListener('click', () => {
  // The overlay and not the video: in full screen a video alone has no dots over it.
  shown.overlays[0]?.requestFullscreen().catch(showError);
});
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && !document.querySelector('dialog[open]')) cancel();
});
void loadModel(builtIn);
