// A load's plan in words, before anything large is fetched. Pure.

import type { LoadPlan, WeightFormat } from '../../src/index.ts';
import { megabytes } from '../format.ts';
import { timeSpan } from './load-rate.ts';

export interface PlanText {
  readonly verdict: string;
  readonly facts: readonly { readonly name: string; readonly value: string }[];
}

/** What the page knows of this device and its connection. */
export interface Situation {
  /** Null where nobody knows. */
  readonly bytesPerSec: number | null;
  /** The graphics of this browser are computed on the processor. */
  readonly software: boolean;
  /** Seconds that a token takes for each weight, as the model that answers here has shown; null before it did. */
  readonly secPerWeight: number | null;
}

const bitsOfWeight: Record<WeightFormat, number> = { f32: 32, f16: 16, q8: 8.5, q4: 4.5 };
/** Slower than people read. */
const tooSlowSec = 2;

/**
 * Seconds of a token. On a processor a token takes as long as its multiplications, one for each weight; on a graphics card a tiny
 * model says nothing of a large one.
 */
function tokenSec(
  plan: LoadPlan,
  weights: WeightFormat,
  { software, secPerWeight }: Situation,
): number | null {
  if (!software || secPerWeight === null) return null;
  return ((plan.weightBytes * 8) / bitsOfWeight[weights]) * secPerWeight;
}

function speedText(seconds: number): string {
  if (seconds < 1) return `about ${Math.max(1, Math.round(1 / seconds))} tokens in a second here`;
  return `about 1 token in ${timeSpan(seconds)} here${seconds > tooSlowSec ? ': too slow' : ''}`;
}

function verdictText({ verdict, contextTokens, message }: LoadPlan, { software }: Situation): string {
  if (verdict === 'does-not-fit') return message;
  if (software)
    return 'This browser computes on the processor, without a graphics card: the model could be loaded, and would be far too slow to work with.';
  // Browsers do not tell how much memory there is, so only the limits of the graphics card were asked.
  if (verdict === 'fits') return 'Fits the limits of this graphics card, if it has the memory.';
  return `Fits with at most ${contextTokens.toLocaleString('en')} tokens of prompt and answer, if the graphics card has the memory.`;
}

function fetchText(bytes: number, { bytesPerSec }: Situation): string {
  if (bytes === 0) return 'nothing: kept here';
  if (bytesPerSec === null) return megabytes(bytes);
  return `${megabytes(bytes)}, about ${timeSpan(bytes / bytesPerSec)} at ${megabytes(bytesPerSec)}/s`;
}

export function planText(plan: LoadPlan, weights: WeightFormat, situation: Situation): PlanText {
  const { downloadBytes, weightBytes, kvBytesPer1000Tokens } = plan;
  const seconds = tokenSec(plan, weights, situation);
  return {
    verdict: verdictText(plan, situation),
    facts: [
      { name: 'To fetch', value: fetchText(downloadBytes, situation) },
      {
        name: 'Memory',
        value: `${megabytes(weightBytes)}, and ${megabytes(kvBytesPer1000Tokens)} for every 1,000 tokens`,
      },
      {
        name: 'Speed',
        value: seconds === null ? 'shows with the first answer' : speedText(seconds),
      },
    ],
  };
}
