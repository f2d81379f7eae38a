// Logits -> the next token: greedy, or drawn with temperature, top-k and top-p from a seeded generator.

export interface SamplingOptions {
  /** 0 takes the most likely token. */
  readonly temperature: number;
  /** Keep only the k most likely tokens; Infinity keeps all. */
  readonly topK: number;
  /** Keep the most likely tokens until their probabilities reach p; 1 keeps all. */
  readonly topP: number;
}

/** A source of numbers in [0, 1). */
export type Random = () => number;

/** A small generator of good quality (32-bit state, Weyl sequence and mixing); the same seed gives the same numbers. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    mixed ^= mixed >>> 15;
    return (mixed >>> 0) / 4294967296;
  };
}

/** The index of the largest value; of equal ones the lowest. */
export function largest(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) > (values[best] ?? 0)) best = i;
  return best;
}

/** Draws one id of logits [V]: top-k first, then temperature, then top-p, then one random number. */
export function sampleToken(logits: Float32Array, options: SamplingOptions, random: Random): number {
  if (options.temperature === 0) return largest(logits);
  const order = Array.from(logits.keys()).sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0) || a - b);
  const kept = order.slice(0, Math.min(order.length, options.topK));
  const highest = logits[kept[0] ?? 0] ?? 0;
  const weights = kept.map((id) => Math.exp(((logits[id] ?? 0) - highest) / options.temperature));
  const nucleus = nucleusSize(weights, options.topP);
  const total = weights.slice(0, nucleus).reduce((sum, weight) => sum + weight, 0);
  let left = random() * total;
  for (let i = 0; i < nucleus; i++) {
    left -= weights[i] ?? 0;
    if (left < 0) return kept[i] ?? 0;
  }
  return kept[nucleus - 1] ?? 0;
}

/** How many of the descending weights are needed to reach the share `topP` of their sum; at least one. */
function nucleusSize(weights: readonly number[], topP: number): number {
  const wanted = topP * weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    sum += weights[i] ?? 0;
    if (sum >= wanted) return i + 1;
  }
  return weights.length;
}
