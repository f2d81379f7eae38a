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
}

/** Times every contender over rounds of A, B, A, B. Throws the signal's own reason. */
export async function measure(
  contenders: readonly Contender[],
  { rounds, whole, signal }: MeasureOptions,
): Promise<Timing[]> {
  const entrants: Entrant[] = [];
  for (const contender of contenders) entrants.push(await enter(contender, whole));
  for (let round = 0; round < rounds; round++)
    for (const entrant of entrants) {
      signal?.throwIfAborted();
      const { contender, runs, fewRuns, ms, fewMs } = entrant;
      if (fewRuns > 0) fewMs.push(await timed(contender, fewRuns));
      ms.push(await timed(contender, runs));
    }
  return entrants.map(timing);
}

async function timed(contender: Contender, runs: number): Promise<number> {
  const startMs = performance.now();
  const ownMs = await contender.run(runs);
  return ownMs ?? performance.now() - startMs;
}

/** Warms up, and finds how many runs make a sample. */
async function enter(contender: Contender, whole: boolean): Promise<Entrant> {
  await contender.run(1);
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
