// Logits -> the next token: greedy, or drawn with temperature, top-k, top-p and min-p from a seeded generator.

export interface SamplingOptions {
  /** 0 takes the most likely token. */
  readonly temperature: number;
  /** Keep only the k most likely tokens; Infinity keeps all. */
  readonly topK: number;
  /** Keep the most likely tokens until their probabilities reach p; 1 keeps all. */
  readonly topP: number;
  /** Keep only tokens whose probability is at least this share of the largest; 0 keeps all. */
  readonly minP: number;
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

/** Whether every value is a finite number. */
export function allFinite(values: Float32Array): boolean {
  // A NaN or an infinity makes every sum that it enters one; finite values of any size cannot overflow in f64.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ?? 0;
  return Number.isFinite(sum);
}

/** The index of the largest value; of equal ones the lowest. */
export function largest(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) > (values[best] ?? 0)) best = i;
  return best;
}

/** Draws one id of logits [V]: top-k first, then temperature, then top-p, then min-p, then one random number. */
export function sampleToken(logits: Float32Array, options: SamplingOptions, random: Random): number {
  if (options.temperature === 0) return largest(logits);
  const order = Array.from(logits.keys()).sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0) || a - b);
  const kept = order.slice(0, Math.min(order.length, options.topK));
  const weights = weightsOf(
    kept.map((id) => logits[id] ?? 0),
    options.temperature,
  );
  return kept[drawKept(weights, options, random())] ?? 0;
}

/** The most likely tokens of a vocabulary, as the kernels `top-k` and `top-k-merge` find them. */
export interface Candidates {
  /** Best first; of equal logits the lower id first. */
  readonly ids: ArrayLike<number>;
  readonly logits: ArrayLike<number>;
  /** Sum over the whole vocabulary of exp((logit - highest) / temperature), right to within `totalError` of itself. */
  readonly total: number;
  /** Whether all logits of the vocabulary are finite; nothing else is right where they are not. */
  readonly finite: boolean;
  readonly vocabSize: number;
}

/**
 * Relative error that a total may have. WGSL lets exp(x) be off by 3 + 2 |x| ulp and a quotient x by 2.5: 1.2e-5 at
 * x = -20, behind which the terms of a whole vocabulary add less than 4e-4. Two kernels multiply such exponentials and
 * sum in f32, which makes 3e-5.
 */
export const totalError = 5e-5;

/**
 * The id that `sampleToken` draws from the whole vocabulary with the same number in [0, 1), or null where the candidates
 * cannot tell: it may lie behind them, or on a border that the error of the total blurs.
 */
export function drawCandidate(
  candidates: Candidates,
  options: SamplingOptions,
  number: number,
): number | null {
  const { ids, logits, vocabSize, total } = candidates;
  const { temperature, topK, topP, minP } = options;
  const keptOfAll = Math.min(topK, vocabSize);
  const weights = weightsOf(Array.from(logits).slice(0, keptOfAll), temperature);
  if (keptOfAll <= logits.length) return ids[drawKept(weights, options, number)] ?? null;
  const likely = reachedBy(weights, minP);
  const knowsLikely = likely < weights.length; // else candidates that were not found may be likely enough
  if (topP === 1 && knowsLikely) return ids[drawFirst(weights, likely, number)] ?? null;
  if (keptOfAll < vocabSize) return null; // the total of a larger top-k is not known
  const [low, high] = [total * (1 - totalError), total * (1 + totalError)];
  if (topP === 1) {
    const at = drawn(weights, number * low);
    return at === drawn(weights, number * high) ? (ids[at] ?? null) : null;
  }
  const most = knowsLikely ? likely : Infinity;
  const nucleus = Math.min(most, reaching(weights, topP * low));
  if (nucleus > weights.length || nucleus !== Math.min(most, reaching(weights, topP * high))) return null;
  return ids[drawFirst(weights, nucleus, number)] ?? null;
}

/** exp((logit - highest) / temperature) of descending logits. */
function weightsOf(logits: readonly number[], temperature: number): number[] {
  const highest = logits[0] ?? 0;
  return logits.map((logit) => Math.exp((logit - highest) / temperature));
}

/** Draws a place of descending weights, the first of which is 1: as many are kept as reach the share `topP` and `minP`. */
function drawKept(
  weights: readonly number[],
  { topP, minP }: Pick<SamplingOptions, 'topP' | 'minP'>,
  number: number,
): number {
  const nucleus = reaching(weights, topP * sum(weights));
  return drawFirst(weights, Math.min(reachedBy(weights, minP), nucleus), number);
}

/** How many of descending weights are at least `least`. */
function reachedBy(weights: readonly number[], least: number): number {
  const at = weights.findIndex((weight) => weight < least);
  return at < 0 ? weights.length : at;
}

/** Draws a place of the first `count` weights. */
function drawFirst(weights: readonly number[], count: number, number: number): number {
  const kept = weights.slice(0, count);
  return Math.min(count - 1, drawn(kept, number * sum(kept)));
}

function sum(weights: readonly number[]): number {
  return weights.reduce((total, weight) => total + weight, 0);
}

/** How many weights are needed for their sum to be `wanted`; one more than there are if all are too few. */
function reaching(weights: readonly number[], wanted: number): number {
  let total = 0;
  for (let i = 0; i < weights.length; i++) {
    total += weights[i] ?? 0;
    if (total >= wanted) return i + 1;
  }
  return weights.length + 1;
}

/** The place at which `left` is used up, weights.length where it never is. */
function drawn(weights: readonly number[], left: number): number {
  for (let i = 0; i < weights.length; i++) {
    left -= weights[i] ?? 0;
    if (left < 0) return i;
  }
  return weights.length;
}
