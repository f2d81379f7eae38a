// What the command line says of the windows of a long video.

import type { TimeWindow, WindowsAnswer } from '../src/index.ts';

/** One line for each window. */
export function windowLine({ startSec, endSec }: TimeWindow, text: string): string {
  return `[${startSec.toFixed(1)} - ${endSec.toFixed(1)} s] ${text}\n`;
}

/** The answer as one line. */
export function windowsJson({ points, tracks, count, windows, usage, timings }: WindowsAnswer): string {
  return JSON.stringify({ points, tracks, count, windows, usage, timings });
}

/** What a walk found, and how long it took. */
export function windowsLine({ windows, tracks, points, timings }: WindowsAnswer): string {
  const many = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
  const found = [
    ...(tracks.length > 0 ? [many(tracks.length, 'track')] : []),
    ...(points.length > 0 ? [many(points.length, 'point')] : []),
  ];
  const walked = `${many(windows.length, 'window')} in ${(timings.totalMs / 1000).toFixed(1)} s`;
  return found.length > 0 ? `${walked}: ${found.join(' and ')} after joining` : walked;
}
