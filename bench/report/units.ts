// Numbers of the report as people read them. Pure.

/** Three significant digits, without an exponent. */
export function figure(value: number): string {
  const size = Math.abs(value);
  if (size === 0 || size >= 100) return value.toFixed(0);
  return value.toFixed(Math.min(4, Math.max(0, 2 - Math.floor(Math.log10(size)))));
}

/** 0.0123 -> `12.3 us`, 4.2 -> `4.20 ms`, 1500 -> `1.50 s`. */
export function time(ms: number): string {
  if (ms < 1) return `${figure(ms * 1000)} us`;
  return ms < 1000 ? `${figure(ms)} ms` : `${figure(ms / 1000)} s`;
}

/** 1234 GFLOP/s -> `1.23 TFLOP/s`. */
export function rateText(rate: number, unit: string): string {
  return rate >= 1000 ? `${figure(rate / 1000)} ${unit.replace(/^G/, 'T')}` : `${figure(rate)} ${unit}`;
}

/** 0.456 -> `46%`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)}%`;
}

/** 1.5 -> `1.50x`. */
export function times(ratio: number): string {
  return `${ratio.toFixed(ratio < 10 ? 2 : 1)}x`;
}

const figureNames: Readonly<Record<string, string>> = {
  gpuMs: 'on the GPU alone',
  idleMs: 'idle between two',
  maskedMs: 'with a mask',
  plainMs: 'without one',
  waitingMs: 'without one, each waited for',
  firstMaskMs: 'here before the first mask',
  newMaskMs: 'here for a mask of an answer of a new kind',
  slowestMaskMs: 'for the slowest of them',
  knownMaskMs: 'for one that was made before',
  oneMs: 'for a token of one answer',
  timesOfOne: 'times that',
  dispatchesOfOne: 'dispatches of one answer',
  wgslKB: 'KB of WGSL',
};

/** Numbers beside a row's time: `3.38 ms on the GPU alone, 257 dispatches`. */
export function figuresText(figures: Readonly<Record<string, number>>): string {
  return Object.entries(figures)
    .map(([name, value]) => `${figureText(name, value)} ${figureNames[name] ?? name}`)
    .join(', ');
}

function figureText(name: string, value: number): string {
  if (name.endsWith('Ms')) return time(value);
  return Number.isInteger(value) ? String(value) : figure(value);
}
