// Log probabilities of tokens as the model gives them: log-softmax of its own logits at temperature 1, summed in f64.

/** ln of the sum of exp(logit) over all logits [V]. */
function logSumExp(logits: Float32Array): number {
  let highest = -Infinity;
  for (let i = 0; i < logits.length; i++) highest = Math.max(highest, logits[i] ?? 0);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp((logits[i] ?? 0) - highest);
  return highest + Math.log(sum);
}

export interface IdLogprob {
  readonly id: number;
  readonly logprob: number;
}

/** A chosen token, and the most likely ones in its place. */
export interface ChosenLogprobs extends IdLogprob {
  readonly top: readonly IdLogprob[];
}

/** Log probability of one id; -Infinity for an id beyond the logits, which the model cannot choose. */
export function logprobOf(logits: Float32Array, id: number): number {
  const logit = logits[id];
  return logit === undefined ? -Infinity : logit - logSumExp(logits);
}

/** Log probability of an id, and the `count` most likely ids, best first and of equal ones the lower id first. */
export function logprobsOf(logits: Float32Array, id: number, count: number): ChosenLogprobs {
  const total = logSumExp(logits);
  const top = largestIds(logits, count).map((best) => ({ id: best, logprob: (logits[best] ?? 0) - total }));
  return { id, logprob: (logits[id] ?? -Infinity) - total, top };
}

/** A few of the largest, found in one pass. */
function largestIds(logits: Float32Array, count: number): number[] {
  const ids: number[] = [];
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i] ?? 0;
    if (ids.length === count && (count === 0 || logit <= (logits[ids[count - 1] ?? 0] ?? 0))) continue;
    let at = ids.length;
    while (at > 0 && (logits[ids[at - 1] ?? 0] ?? 0) < logit) at--;
    ids.splice(at, 0, i);
    if (ids.length > count) ids.pop();
  }
  return ids;
}
