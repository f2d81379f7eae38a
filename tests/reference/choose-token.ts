// Generation options in plain loops over f64, as their sources define them.

export interface ChoiceOptions {
  readonly bias: Readonly<Record<number, number>>;
  readonly repetition: number;
  readonly frequency: number;
  readonly presence: number;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
}

/** ln of the softmax. */
export function logSoftmax(logits: readonly number[]): number[] {
  const highest = Math.max(...logits);
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - highest), 0);
  return logits.map((logit) => logit - highest - Math.log(total));
}

/** Probabilities from which a token is drawn, best first; whatever options forbid is not there. */
export function keptProbabilities(
  logits: readonly number[],
  { temperature, topK, topP, minP }: ChoiceOptions,
): { id: number; p: number }[] {
  const best = logits
    .map((logit, id) => ({ id, logit: logit / temperature }))
    .sort((a, b) => b.logit - a.logit || a.id - b.id)
    .slice(0, Math.min(topK, logits.length));
  const softmax = logSoftmax(best.map(({ logit }) => logit)).map(Math.exp);
  let before = 0;
  const kept = best
    .map(({ id }, i) => ({ id, p: softmax[i]! }))
    .filter(({ p }) => {
      const inside = before < topP && p >= minP * softmax[0]!;
      before += p;
      return inside;
    });
  const total = kept.reduce((sum, { p }) => sum + p, 0);
  return kept.map(({ id, p }) => ({ id, p: p / total }));
}

/** The id at `number` of the way through the probabilities, and how near the way comes to a border between two ids. */
export function drawnId(
  kept: readonly { readonly id: number; readonly p: number }[],
  number: number,
): { id: number; distance: number } {
  let end = 0;
  let distance = Infinity;
  let id: number | null = null;
  for (const one of kept) {
    end += one.p;
    distance = Math.min(distance, Math.abs(end - number));
    if (id === null && number < end) id = one.id;
  }
  return { id: id ?? kept.at(-1)!.id, distance };
}
