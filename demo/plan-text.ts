// A load's plan in words, before anything large is fetched. Pure.

import type { LoadPlan } from '../src/index.ts';
import { megabytes } from './format.ts';

export interface PlanText {
  readonly verdict: string;
  readonly facts: readonly { readonly name: string; readonly value: string }[];
}

function verdictText({ verdict, contextTokens, message }: LoadPlan): string {
  // Browsers do not tell how much memory there is, so only the limits of the graphics card were asked.
  if (verdict === 'fits') return 'Fits the limits of this graphics card, if it has the memory.';
  if (verdict === 'fits-with')
    return `Fits with at most ${contextTokens.toLocaleString('en')} tokens of prompt and answer, if the graphics card has the memory.`;
  return message;
}

export function planText(plan: LoadPlan): PlanText {
  const { downloadBytes, weightBytes, kvBytesPer1000Tokens } = plan;
  return {
    verdict: verdictText(plan),
    facts: [
      {
        name: 'To fetch',
        value: downloadBytes === 0 ? 'nothing: kept here' : megabytes(downloadBytes),
      },
      { name: 'GPU memory for the weights', value: megabytes(weightBytes) },
      { name: 'and for every 1,000 tokens', value: megabytes(kvBytesPer1000Tokens) },
    ],
  };
}
