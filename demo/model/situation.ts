// What the page knows of this device and its connection, from what it has seen here.

import type { Answer, ModelInfo } from '../../src/index.ts';
import type { Situation } from './plan-text.ts';

const key = 'molmo2-bytes-per-sec';
/** What browsers tell of a connection, in megabits a second; missing in most. */
interface Connection {
  readonly downlink?: number;
}

/** Remembers how fast a model came. */
export function rememberRate(bytesPerSec: number): void {
  try {
    localStorage.setItem(key, String(Math.round(bytesPerSec)));
  } catch {
    // Then the browser's own guess has to do.
  }
}

function knownRate(): number | null {
  let seen = Number.NaN;
  try {
    seen = Number(localStorage.getItem(key) ?? Number.NaN);
  } catch {
    // Nothing is kept for this page.
  }
  if (seen > 0) return seen;
  const { connection } = navigator as Navigator & { connection?: Connection };
  const { downlink } = connection ?? {};
  return downlink !== undefined && downlink > 0 ? (downlink * 1e6) / 8 : null;
}

/** Follows what is answered here. */
export class Seen {
  #software = false;
  #secPerWeight: number | null = null;

  /** Notes how fast `info`'s model wrote. */
  note({ timings, usage }: Answer, { adapter, parameters }: ModelInfo): void {
    this.#software = adapter.isFallbackAdapter;
    if (usage.newTokens > 1)
      this.#secPerWeight = timings.decodeMs / 1000 / usage.newTokens / Math.max(1, parameters);
  }

  situation(info: ModelInfo | null): Situation {
    const software = info?.adapter.isFallbackAdapter ?? this.#software;
    return { bytesPerSec: knownRate(), software, secPerWeight: this.#secPerWeight };
  }
}
