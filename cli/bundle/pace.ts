// How far a long piece of work is, how fast it goes and how long it will take.

const windowMs = 8000;
const shownEveryMs = 200;

export interface Pace {
  /** The line to show now, or null when one was shown a moment ago. */
  line(verb: string, done: number, total: number): string | null;
}

/** `now` is in milliseconds. The speed is that of the last seconds. */
export function pace(now: () => number = () => performance.now()): Pace {
  const points: { readonly atMs: number; readonly done: number }[] = [];
  let shownMs = -Infinity;
  return {
    line(verb, done, total) {
      const atMs = now();
      if (done < total && atMs - shownMs < shownEveryMs) return null;
      shownMs = atMs;
      // Another piece of work began.
      if (done < (points.at(-1)?.done ?? 0)) points.length = 0;
      points.push({ atMs, done });
      while (points.length > 2 && atMs - (points[1]?.atMs ?? atMs) > windowMs) points.shift();
      const first = points[0] ?? { atMs, done };
      const bytesPerMs = atMs > first.atMs ? (done - first.done) / (atMs - first.atMs) : 0;
      const speed = bytesPerMs > 0 ? `, ${(bytesPerMs / 1000).toFixed(0)} MB/s` : '';
      const left = bytesPerMs > 0 ? `, ${duration((total - done) / bytesPerMs)} left` : '';
      return `${verb}: ${bytes(done, total)} of ${bytes(total, total)}${speed}${left}`;
    },
  };
}

/** In the unit that suits `scale`. */
export function bytes(value: number, scale = value): string {
  return scale >= 1e9 ? `${(value / 1e9).toFixed(2)} GB` : `${(value / 1e6).toFixed(1)} MB`;
}

export function duration(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
