/** The index of the largest value, the first of equal ones. */
export function argmaxReference(logits: ArrayLike<number>): number {
  let winner = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[winner]!) winner = i;
  return winner;
}
