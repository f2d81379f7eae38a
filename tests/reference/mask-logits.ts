/** logits [V] where `allowed` says so, else a value that is below all. */
export function maskLogitsReference(
  logits: ArrayLike<number>,
  allowed: (id: number) => boolean,
  forbidden: number,
): number[] {
  return Array.from(logits, (logit, id) => (allowed(id) ? logit : forbidden));
}
