/** What bias and penalties make of logits: `before` are ids in front of the answer, `answer` those in it so far. */
export function penalizeLogitsReference(
  logits: ArrayLike<number>,
  options: {
    readonly bias: Readonly<Record<number, number>>;
    readonly repetition: number;
    readonly frequency: number;
    readonly presence: number;
  },
  before: readonly number[],
  answer: readonly number[],
): number[] {
  return Array.from(logits, (logit, id) => {
    const count = answer.filter((one) => one === id).length;
    let value = logit + (options.bias[id] ?? 0);
    if (before.includes(id) || count > 0)
      value = value > 0 ? value / options.repetition : value * options.repetition;
    value -= options.frequency * count;
    return count > 0 ? value - options.presence : value;
  });
}
