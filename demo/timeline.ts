// The time line under a video: the sampled moments, a mark for every point and track step, and the playhead.

import type { MolmoOverlay } from '../src/overlay/molmo-overlay.ts';
import { byId, make } from './dom.ts';
import { clockTime } from './format.ts';
import { type Lane, lanes, nextStop, stops } from './timeline-marks.ts';

export interface Timeline {
  /** Follows `video`; null hides the time line. */
  follow(video: HTMLVideoElement | null): void;
  /** Shows what `overlay` has marked. */
  update(overlay: MolmoOverlay): void;
}

function percent(share: number): string {
  return `${(Math.min(1, Math.max(0, share)) * 100).toFixed(3)}%`;
}

function laneElement(lane: Lane, durationSec: number, colorOf: (id: number | null) => string): HTMLElement {
  const element = make('div', { className: 'lane' });
  const first = lane.marks[0];
  const last = lane.marks.at(-1);
  if (lane.isTrack && first && last) {
    const span = make('span', { className: 'lane-span' });
    span.style.left = percent(first.timeSec / durationSec);
    span.style.width = percent((last.timeSec - first.timeSec) / durationSec);
    span.style.background = colorOf(first.id);
    element.append(span);
  }
  for (const mark of lane.marks) {
    const dot = make('span', { className: 'mark', title: `${mark.text} at ${clockTime(mark.timeSec)}` });
    dot.dataset['time'] = String(mark.timeSec);
    dot.style.left = percent(mark.timeSec / durationSec);
    dot.style.background = colorOf(mark.id);
    element.append(dot);
  }
  return element;
}

export function setUpTimeline(): Timeline {
  const slider = byId('timeline', HTMLElement);
  const box = byId('timeline-box', HTMLElement);
  const track = make('div', { className: 'timeline-track' });
  const playhead = make('div', { className: 'playhead' });
  slider.append(track);
  let video: HTMLVideoElement | null = null;
  let marked: readonly Lane[] = [];
  let decodedSec = 0; // as the engine measured it: recordings of a browser carry no duration of their own
  let following: AbortController | null = null;

  const durationSec = (): number => {
    const known = video?.duration ?? 0;
    return Number.isFinite(known) && known > 0 ? known : decodedSec;
  };
  const seek = (timeSec: number): void => {
    if (!video) return;
    video.pause();
    video.currentTime = Math.min(durationSec(), Math.max(0, timeSec));
  };
  const showTime = (): void => {
    const now = video?.currentTime ?? 0;
    const there = marked.flatMap((lane) => lane.marks.filter((m) => Math.abs(m.timeSec - now) < 0.05));
    playhead.style.left = percent(now / (durationSec() || 1));
    slider.setAttribute('aria-valuemax', durationSec().toFixed(1));
    slider.setAttribute('aria-valuenow', now.toFixed(1));
    slider.setAttribute('aria-valuetext', [clockTime(now), ...there.map((m) => m.text)].join(', '));
  };
  const timeAt = (event: PointerEvent): number => {
    const rect = track.getBoundingClientRect();
    return ((event.clientX - rect.left) / rect.width) * durationSec();
  };

  slider.addEventListener('pointerdown', (event) => {
    const mark = event.target instanceof HTMLElement ? event.target.dataset['time'] : undefined;
    seek(mark === undefined ? timeAt(event) : Number(mark));
    if (mark === undefined) slider.setPointerCapture(event.pointerId);
  });
  slider.addEventListener('pointermove', (event) => {
    if (slider.hasPointerCapture(event.pointerId)) seek(timeAt(event));
  });
  slider.addEventListener('keydown', (event) => {
    const now = video?.currentTime ?? 0;
    const step = (direction: 1 | -1): number => nextStop(stops(marked), now, direction, durationSec());
    const targets: Record<string, () => number> = {
      ArrowRight: () => step(1),
      ArrowUp: () => step(1),
      ArrowLeft: () => step(-1),
      ArrowDown: () => step(-1),
      PageUp: () => now + 1,
      PageDown: () => now - 1,
      Home: () => 0,
      End: durationSec,
    };
    const target = targets[event.key];
    if (!target || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    seek(target());
  });

  return {
    follow(next) {
      following?.abort();
      following = new AbortController();
      video = next;
      marked = [];
      decodedSec = 0;
      track.replaceChildren();
      box.hidden = true;
      for (const type of ['timeupdate', 'seeking', 'seeked', 'play', 'loadedmetadata'])
        next?.addEventListener(type, showTime, { signal: following.signal });
    },
    update(overlay) {
      marked = lanes(overlay.points, overlay.tracks);
      decodedSec = overlay.media?.durationSec ?? 0;
      const length = durationSec();
      box.hidden = !video || length === 0 || (marked.length === 0 && !overlay.media);
      if (box.hidden) return;
      const samples = (overlay.media?.timestamps ?? []).map((timeSec) => {
        const line = make('span', { className: 'timeline-sample' });
        line.style.left = percent(timeSec / length);
        return line;
      });
      const rows = marked.map((lane) => laneElement(lane, length, (id) => overlay.colorOf(id)));
      track.replaceChildren(...samples, ...rows, playhead);
      showTime();
    },
  };
}
