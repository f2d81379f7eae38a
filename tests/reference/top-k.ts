/** The k largest values, of equal ones the lower id first, and the softmax's denominator relative to the largest. */
export function topKReference(
  logits: Float32Array,
  k: number,
  temperature: number,
): { ids: number[]; logits: number[]; total: number } {
  const ids = Array.from(logits.keys())
    .sort((a, b) => logits[b]! - logits[a]! || a - b)
    .slice(0, k);
  const highest = logits[ids[0]!]!;
  const total = logits.reduce((sum, logit) => sum + Math.exp((logit - highest) / temperature), 0);
  return { ids, logits: ids.map((id) => logits[id]!), total };
}
