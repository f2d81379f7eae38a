// The time line under a video, its player, and what a question will look at.

import type { AskInput, MediaInfo } from '../../src/index.ts';
import type { MolmoOverlay } from '../../src/overlay/molmo-overlay.ts';
import { MolmoTimeline } from '../../src/timeline/molmo-timeline.ts';
import { byId } from '../dom.ts';
import { setUpControls } from './controls.ts';
import { openKeysHelp } from './keys-help.ts';
import { samplingOf } from './sampling.ts';

/** The part to ask about; empty for the whole video. */
export type Part = Pick<AskInput, 'startSec' | 'endSec'>;

export interface TimelineEvents {
  /** The part changed. */
  onPart(): void;
  /** What a question about the part would look at; null where nobody knows yet. */
  plan(signal: AbortSignal): Promise<MediaInfo | null>;
  onError(error: unknown): void;
}

export interface Timeline {
  readonly part: Part;
  /** The moment that is presented, which the video's own clock runs ahead of. */
  readonly momentSec: number;
  /** Follows a video under its overlay; null hides the time line. */
  follow(video: HTMLVideoElement | null, overlay: MolmoOverlay | null): void;
  /** Tells again what a question would look at: the model or an option changed. */
  tellSampling(): void;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]');
}

export function setUpTimeline(events: TimelineEvents): Timeline {
  const box = byId('timeline-box', HTMLElement);
  const element = byId('timeline', MolmoTimeline);
  const text = byId('sampling', HTMLElement);
  const more = byId('sampling-more', HTMLButtonElement);
  const view = byId('stage', HTMLElement).parentElement;
  const toggleFullScreen = (): void => {
    // Stage and time line together: in full screen a video alone has neither dots nor marks.
    const done = document.fullscreenElement ? document.exitFullscreen() : view?.requestFullscreen();
    done?.catch((error: unknown) => events.onError(error));
  };
  const controls = setUpControls(byId('player', HTMLElement), element, toggleFullScreen);
  let planning = new AbortController();

  const part = (): Part => element.range ?? {};
  const tellSampling = async (): Promise<void> => {
    planning.abort();
    planning = new AbortController();
    const { signal } = planning;
    if (!element.video) return;
    // Without a plan the page works as well: whatever is wrong with the file is said with the answer.
    const info = await events.plan(signal).catch(() => null);
    if (signal.aborted) return;
    const told = samplingOf(info?.timestamps ?? [], element.range !== null);
    element.samples = info?.timestamps ?? null;
    text.textContent = told.text;
    more.hidden = !told.isCoarse;
  };

  element.addEventListener('molmo-range', () => {
    events.onPart();
    void tellSampling();
  });
  for (const id of ['max-frames', 'max-crops'])
    byId(id, HTMLInputElement).addEventListener('change', () => void tellSampling());
  more.addEventListener('click', () => {
    byId('options', HTMLDetailsElement).open = true;
    byId('max-frames', HTMLInputElement).focus();
  });
  document.addEventListener('keydown', (event) => {
    if (box.hidden || isTyping(event.target) || document.querySelector('dialog[open]')) return;
    if (event.key === '?') openKeysHelp();
    // Keys of the player count where nothing else has the focus, and anywhere in full screen.
    else if (event.target !== document.body && !document.fullscreenElement) return;
    else if (event.key === 'f' && !event.ctrlKey && !event.metaKey) toggleFullScreen();
    else if (event.key === ' ' || event.key === ',' || event.key === '.') element.handleKey(event);
  });

  return {
    get part() {
      return part();
    },
    get momentSec() {
      return element.timeSec;
    },
    follow(video, overlay) {
      planning.abort();
      element.overlay = overlay;
      element.video = video;
      element.samples = null;
      text.textContent = '';
      more.hidden = true;
      box.hidden = video === null;
      controls.follow(video);
      void tellSampling();
    },
    tellSampling: () => void tellSampling(),
  };
}
