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
