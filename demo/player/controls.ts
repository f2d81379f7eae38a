// The player's own controls: the browser's darken the picture, repeat the time line, and leave the dots out in full screen.

import type { MolmoTimeline } from '../../src/timeline/molmo-timeline.ts';
import { make } from '../dom.ts';
import { openKeysHelp } from './keys-help.ts';

/** Shapes on a field of 24 x 24. */
const icons = {
  play: 'M7 4v16l13-8z',
  pause: 'M6 4h4v16H6zm8 0h4v16h-4z',
  back: 'M18 5v14l-9-7zM6 5h2.5v14H6z',
  forward: 'M6 5v14l9-7zm9.5 0H18v14h-2.5z',
  sound:
    'M4 9v6h4l5 5V4L8 9zm11.5 3a4 4 0 0 0-1.5-3.1v6.2a4 4 0 0 0 1.5-3.1zM14 4.3v2.1a6 6 0 0 1 0 11.2v2.1a8 8 0 0 0 0-15.4z',
  muted:
    'M4 9v6h4l5 5V4L8 9zm17.5.6L20 8l-2.3 2.4L15.4 8l-1.5 1.6 2.3 2.4-2.3 2.4 1.5 1.6 2.3-2.4L20 16l1.5-1.6-2.3-2.4z',
  full: 'M4 4h6v2.5H6.500V10H4zm10 0h6v6h-2.500V6.500H14zM4 14h2.500v3.500H10V20H4zm13.500 0H20v6h-6v-2.500h3.500z',
} as const;

const rates = [0.25, 0.5, 1, 1.5, 2];

function setIcon(button: HTMLElement, icon: keyof typeof icons): void {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', icons[icon]);
  svg.append(path);
  button.replaceChildren(svg);
}

function button(icon: keyof typeof icons, label: string, onClick: () => void): HTMLButtonElement {
  const made = make('button', { type: 'button', title: label });
  made.setAttribute('aria-label', label);
  setIcon(made, icon);
  made.addEventListener('click', onClick);
  return made;
}

export interface Controls {
  /** Follows `video`; null for none. */
  follow(video: HTMLVideoElement | null): void;
}

/** Fills `box` with controls. `onFullScreen` is pressed to open and to leave it. */
export function setUpControls(box: HTMLElement, timeline: MolmoTimeline, onFullScreen: () => void): Controls {
  let video: HTMLVideoElement | null = null;
  let following: AbortController | null = null;
  const play = button('play', 'Play', () => {
    // A browser may refuse to play; then the video stays as it is.
    if (video?.paused) video.play().catch(() => {});
    else video?.pause();
  });
  play.className = 'player-play';
  const mute = button('muted', 'Sound on', () => {
    if (video) video.muted = !video.muted;
  });
  const rate = make('select', { title: 'Speed' });
  rate.setAttribute('aria-label', 'Speed');
  rate.append(...rates.map((value) => new Option(`${value}×`, String(value), value === 1, value === 1)));
  rate.addEventListener('change', () => {
    if (video) video.playbackRate = Number(rate.value);
  });
  const help = make('button', { type: 'button', title: 'Keys (?)', textContent: '?' });
  help.setAttribute('aria-label', 'Keys');
  help.addEventListener('click', openKeysHelp);
  const full = button('full', 'Full screen', onFullScreen);
  full.id = 'fullscreen';
  box.replaceChildren(
    play,
    button('back', 'Frame before', () => void timeline.stepFrame(-1)),
    button('forward', 'Next frame', () => void timeline.stepFrame(1)),
    rate,
    make('span', { className: 'spring' }),
    mute,
    help,
    full,
  );
  const show = (): void => {
    const isPaused = video?.paused ?? true;
    setIcon(play, isPaused ? 'play' : 'pause');
    play.setAttribute('aria-label', isPaused ? 'Play' : 'Pause');
    play.title = isPaused ? 'Play (Space)' : 'Pause (Space)';
    const isMuted = video?.muted ?? true;
    setIcon(mute, isMuted ? 'muted' : 'sound');
    mute.setAttribute('aria-label', isMuted ? 'Sound on' : 'Sound off');
    mute.title = isMuted ? 'Sound on' : 'Sound off';
    rate.value = String(video?.playbackRate ?? 1);
  };
  document.addEventListener('fullscreenchange', () => {
    const label = document.fullscreenElement ? 'Leave full screen' : 'Full screen';
    full.setAttribute('aria-label', label);
    full.title = label;
  });
  return {
    follow(next) {
      following?.abort();
      following = new AbortController();
      video = next;
      for (const type of ['play', 'pause', 'ended', 'volumechange', 'ratechange'])
        next?.addEventListener(type, show, { signal: following.signal });
      show();
    },
  };
}
