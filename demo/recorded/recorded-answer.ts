// A recorded answer in the empty stage, so that a visitor sees what this is while the model loads, and where there is no WebGPU. It
// was given by the embedded model (scripts/recorded-answer.ts) and says that it is recorded; whatever comes on the stage replaces it.

import type { Track } from '../../src/index.ts';
import { MolmoOverlay } from '../../src/overlay/molmo-overlay.ts';
import { byId, make } from '../dom.ts';
import recorded from './recorded-answer.json' with { type: 'json' };

const recordedTracks: readonly Track[] = recorded.tracks;

const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

function videoOf(): HTMLVideoElement {
  // Its shape is known from its name, so that nothing moves when it has loaded.
  const [, width = 0, height = 0] = (/-(\d+)x(\d+)\./.exec(recorded.file) ?? []).map(Number);
  const video = make('video', { width, height, muted: true, loop: true, playsInline: true, preload: 'auto' });
  video.disablePictureInPicture = true;
  video.setAttribute('aria-label', `Recorded: ${recorded.question}`);
  video.src = new URL(`samples/${recorded.file}`, document.baseURI).href;
  return video;
}

/** Starts and stops the clip: whatever moves by itself can be stopped. */
function playButton(video: HTMLVideoElement): HTMLButtonElement {
  const button = make('button', { type: 'button', className: 'button quiet', textContent: 'Play' });
  const tell = () => (button.textContent = video.paused ? 'Play' : 'Pause');
  for (const type of ['play', 'pause']) video.addEventListener(type, tell);
  button.addEventListener('click', () => {
    if (video.paused) void video.play().catch(tell);
    else video.pause();
  });
  return button;
}

/** Nothing moves for those who asked for that: they see the middle of the way. */
function begin(video: HTMLVideoElement): void {
  if (calm()) {
    video.addEventListener('loadedmetadata', () => (video.currentTime = 0.6 * video.duration), {
      once: true,
    });
    return;
  }
  // A browser may refuse to play; the button is there.
  video.play().catch(() => {});
}

function figureOf(video: HTMLVideoElement): HTMLElement {
  const overlay = new MolmoOverlay();
  for (const track of recordedTracks) overlay.handle({ type: 'track', track });
  overlay.append(video);
  const label = make('strong', { textContent: 'Recorded answer' });
  const about = make(
    'p',
    {},
    label,
    ` to “${recorded.question}”, by ${recorded.model}, the model inside this page.`,
  );
  const caption = make('figcaption', {}, about, playButton(video));
  const clip = make('div', { className: 'recorded-clip' }, overlay, caption);
  return make('figure', { className: 'recorded' }, clip, invitation());
}

/** What the stage says without it: it lies under the recorded answer, where it stays as it is, so that nothing moves. */
function invitation(): HTMLElement {
  const words = ['.drop-title', '.drop-hint'].flatMap((part) => {
    const found = document.querySelector(`#stage ${part}`);
    return found ? [found.cloneNode(true)] : [];
  });
  const choose = byId('choose', HTMLButtonElement);
  const button = make('button', { type: 'button', className: 'button', textContent: choose.textContent });
  button.addEventListener('click', () => choose.click());
  return make('div', { className: 'recorded-invitation' }, ...words, button);
}

/** Plays it until something real is on the stage; not where the address asks for an empty one. */
export function setUpRecordedAnswer(): void {
  const stage = byId('stage', HTMLElement);
  const isEmpty = () => stage.dataset['kind'] === 'none';
  if (!isEmpty() || new URLSearchParams(location.search).get('sample') === 'none') return;
  const video = videoOf();
  const figure = figureOf(video);
  stage.append(figure);
  begin(video);
  const observer = new MutationObserver(() => {
    if (isEmpty()) return;
    observer.disconnect();
    video.pause();
    figure.remove();
  });
  observer.observe(stage, { attributeFilter: ['data-kind'] });
}
