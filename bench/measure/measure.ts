// Times contenders: warm-up, then rounds in which they take turns, so that heat and other programs meet both.

import { launchMs, median, quantile, runsPerSample } from './statistics.ts';
import type { Contender } from './types.ts';

/** Milliseconds of one run. */
export interface Timing {
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly bestMs: number;
  readonly samples: number;
}

interface Entrant {
  readonly contender: Contender;
  readonly runs: number;
  /** A shorter sample, from which the cost of a submission is known; 0 where samples are long enough without it. */
  readonly fewRuns: number;
  readonly ms: number[];
  readonly fewMs: number[];
}

export interface MeasureOptions {
  readonly rounds: number;
  /** A sample is one run, and its launch belongs to it. */
  readonly whole: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds of work before anything is timed: a GPU that was idle runs at low clocks for a while. */
  readonly warmMs?: number;
  /** Milliseconds after which no further round is begun, when there are three. */
  readonly mostMs?: number;
}

/** Times every contender over rounds of A, B, A, B. Throws the signal's own reason. */
export async function measure(
  contenders: readonly Contender[],
  { rounds, whole, signal, warmMs = 0, mostMs = Infinity }: MeasureOptions,
): Promise<Timing[]> {
  const entrants: Entrant[] = [];
  const startMs = performance.now();
  // What is run only once or twice is warmed up by its check.
  if (rounds > 2) await warmUp(contenders, whole ? 0 : warmMs, signal);
  for (const contender of contenders) entrants.push(await enter(contender, whole));
  for (let round = 0; round < rounds; round++) {
    if (round >= fewestRounds && performance.now() - startMs > mostMs) break;
    for (const entrant of entrants) {
      signal?.throwIfAborted();
      const { contender, runs, fewRuns, ms, fewMs } = entrant;
      if (fewRuns > 0) fewMs.push(await timed(contender, fewRuns));
      ms.push(await timed(contender, runs));
    }
  }
  return entrants.map(timing);
}

async function timed(contender: Contender, runs: number): Promise<number> {
  const startMs = performance.now();
  const ownMs = await contender.run(runs);
  return ownMs ?? performance.now() - startMs;
}

const fewestRounds = 3;

/** Runs contenders in turn, at least once each, until the time has gone by. */
async function warmUp(
  contenders: readonly Contender[],
  warmMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const startMs = performance.now();
  let runs = 1;
  do {
    signal?.throwIfAborted();
    for (const contender of contenders) await contender.run(runs);
    runs = Math.min(2 * runs, mostWarmRuns);
  } while (performance.now() - startMs < warmMs);
}

// More at once would go on far beyond the time where a run is longer than it seemed.
const mostWarmRuns = 64;

/** Finds how many runs make a sample. */
async function enter(contender: Contender, whole: boolean): Promise<Entrant> {
  if (whole) return { contender, runs: 1, fewRuns: 0, ms: [], fewMs: [] };
  let runs = 1;
  // A single short run is mostly the start of a submission; each longer try shows better what a run takes.
  for (let more = runsPerSample(await timed(contender, 1)); more > runs;) {
    runs = more;
    more = runsPerSample((await timed(contender, runs)) / runs);
  }
  const fewRuns = runs >= 4 ? Math.floor(runs / 4) : 0;
  return { contender, runs, fewRuns, ms: [], fewMs: [] };
}

function timing({ runs, fewRuns, ms, fewMs }: Entrant): Timing {
  const launch = launchMs({ runs: fewRuns, ms: fewMs }, { runs, ms });
  const perRun = ms.map((sample) => (sample - launch) / runs);
  return {
    medianMs: median(perRun),
    p95Ms: quantile(perRun, 0.95),
    bestMs: Math.min(...perRun),
    samples: perRun.length,
  };
}
