// What stands between the model's logits and the choice of a token: a list of processors, applied one after the other.
// The order is that of Hugging Face and vLLM: bias, then penalties (repetition, frequency, presence), and behind them
// whatever forbids tokens; temperature, top-k, top-p and min-p (sampling.ts) see what is left. Greedy decoding takes the
// largest of it.

/** One step of the list. It belongs to one answer and sees its tokens in order. */
export interface LogitsProcessor {
  /** Changes logits [V] in place; -Infinity forbids a token. */
  readonly apply: (logits: Float32Array) => void;
  /** Told the token that was taken, before the logits that follow it are processed. */
  readonly take?: (id: number) => void;
}

/** How much the choice of a token shuns what was there before. */
export interface Penalties {
  /** Divides positive and multiplies negative logits of every id of prompt and answer; 1 changes nothing. */
  readonly repetition: number;
  /** Subtracted as often as the id is in the answer so far. */
  readonly frequency: number;
  /** Subtracted once where the id is in the answer so far. */
  readonly presence: number;
}

export interface LogitsOptions {
  readonly logitBias: ReadonlyMap<number, number>;
  readonly penalties: Penalties;
}

function isNeutral({ repetition, frequency, presence }: Penalties): boolean {
  return repetition === 1 && frequency === 0 && presence === 0;
}

/** Whether any logits are changed. */
export function changesLogits({ logitBias: biases, penalties: own }: LogitsOptions): boolean {
  return biases.size > 0 || !isNeutral(own);
}

/** The processors that options ask for, in the order of their use; none where the model's own logits are wanted. */
export function logitsProcessors(options: LogitsOptions, prompt: Iterable<number>): LogitsProcessor[] {
  const list: LogitsProcessor[] = [];
  if (options.logitBias.size > 0) list.push(logitBias(options.logitBias));
  if (!isNeutral(options.penalties)) list.push(penalties(options.penalties, prompt));
  return list;
}

/** Adds a bias to the logits of some ids. */
function logitBias(biases: LogitsOptions['logitBias']): LogitsProcessor {
  return {
    apply(logits) {
      for (const [id, bias] of biases) logits[id] = (logits[id] ?? 0) + bias;
    },
  };
}

/**
 * Repetition as in CTRL (arXiv:1909.05858) and Hugging Face: l / r of a positive logit and l * r of a negative one, once for
 * each id of prompt and answer. Then frequency and presence as OpenAI defines them: l - n f - [n > 0] p, where n is how often
 * the id is in the answer.
 */
function penalties(
  { repetition, frequency, presence }: Penalties,
  prompt: Iterable<number>,
): LogitsProcessor {
  const seen = new Set(prompt);
  const counts = new Map<number, number>();
  return {
    apply(logits) {
      const penalize = (id: number) => {
        const logit = logits[id];
        if (logit === undefined) return; // tokens that are only read have no logits
        const count = counts.get(id) ?? 0;
        const rarer = logit > 0 ? logit / repetition : logit * repetition;
        logits[id] = rarer - count * frequency - (count > 0 ? presence : 0);
      };
      if (repetition !== 1) seen.forEach(penalize);
      else for (const id of counts.keys()) penalize(id);
    },
    take(id) {
      seen.add(id);
      counts.set(id, (counts.get(id) ?? 0) + 1);
    },
  };
}
