// What a video does when its answer is there.

import type { MolmoOverlay } from '../../src/overlay/molmo-overlay.ts';

/** Shows the first marked moment; a track is played, as motion is what it is about. */
export function presentVideo(video: HTMLVideoElement, { points, tracks }: MolmoOverlay): void {
  const times = [
    ...points.flatMap((p) => p.timeSec ?? []),
    ...tracks.flatMap((t) => t.points[0]?.timeSec ?? []),
  ];
  if (times.length === 0 || !video.paused) return;
  video.currentTime = Math.min(...times);
  if (tracks.length === 0 || matchMedia('(prefers-reduced-motion: reduce)').matches) return;
  video.loop = video.duration < 30;
  // A browser may refuse to play; the controls are there.
  video.play().catch(() => {});
}
