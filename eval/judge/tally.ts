// What judging took: requests, tokens, money, and what could not be judged.

import type { TokenUsage } from './completion.ts';

/** What a judge charges for a million tokens, in any currency. */
export interface JudgePrice {
  readonly inputPerMillion: number;
  readonly outputPerMillion: number;
}

export interface JudgeTally {
  /** Captions that have a score. */
  readonly judged: number;
  /** Captions that have none, and why, in their order. */
  readonly notJudged: readonly { readonly id: string; readonly why: string }[];
  /** Requests that were sent, those that failed among them. */
  readonly requests: number;
  /** Answers that were kept from before and cost nothing. */
  readonly kept: number;
  /** How often something was asked again, by reason. */
  readonly askedAgain: Readonly<Record<string, number>>;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Answers whose tokens the server did not say; their cost is in no sum. */
  readonly withoutUsage: number;
  /** In the currency of the price; null without one. */
  readonly cost: number | null;
}

/** @throws RangeError for a price below 0 or not finite. */
export class TallyKeeper {
  readonly #price: JudgePrice | null;
  readonly #notJudged: { id: string; why: string }[] = [];
  readonly #askedAgain = new Map<string, number>();
  #judged = 0;
  #requests = 0;
  #kept = 0;
  #promptTokens = 0;
  #completionTokens = 0;
  #withoutUsage = 0;

  constructor(price: JudgePrice | null) {
    for (const value of price ? [price.inputPerMillion, price.outputPerMillion] : [])
      if (!(value >= 0 && Number.isFinite(value)))
        throw new RangeError(`The price of a million tokens must be a number of 0 or more, got ${value}.`);
    this.#price = price;
  }

  request(): void {
    this.#requests++;
  }

  keptAnswer(): void {
    this.#kept++;
  }

  /** Reasons are told apart up to their colon: what follows may be different every time. */
  again(why: string): void {
    const [reason = ''] = why.split(':');
    this.#askedAgain.set(reason, (this.#askedAgain.get(reason) ?? 0) + 1);
  }

  /** An answer was paid for, whether it could be read or not. */
  paid(usage: TokenUsage | null): void {
    if (!usage) {
      this.#withoutUsage++;
      return;
    }
    this.#promptTokens += usage.promptTokens;
    this.#completionTokens += usage.completionTokens;
  }

  judged(): void {
    this.#judged++;
  }

  notJudged(id: string, why: string): void {
    this.#notJudged.push({ id, why });
  }

  tally(): JudgeTally {
    const [promptTokens, completionTokens] = [this.#promptTokens, this.#completionTokens];
    const price = this.#price;
    return {
      judged: this.#judged,
      notJudged: [...this.#notJudged],
      requests: this.#requests,
      kept: this.#kept,
      askedAgain: Object.fromEntries(this.#askedAgain),
      promptTokens,
      completionTokens,
      withoutUsage: this.#withoutUsage,
      cost: price && (promptTokens * price.inputPerMillion + completionTokens * price.outputPerMillion) / 1e6,
    };
  }
}

/** Captions that are named one by one. */
const listed = 5;

/** The tally in a few lines for people. */
export function tallyLines(tally: JudgeTally): string[] {
  const { judged, notJudged, requests, kept, promptTokens, completionTokens, withoutUsage, cost } = tally;
  const many = (count: number, word: string) =>
    `${count.toLocaleString('en')} ${word}${count === 1 ? '' : 's'}`;
  const unknown = withoutUsage === 0 ? '' : `, and what ${many(withoutUsage, 'answer')} without counts took`;
  const price = cost === null ? '' : `; cost ${cost.toFixed(4)}${unknown === '' ? '' : ' at least'}`;
  return [
    `judge: ${many(judged, 'caption')} judged, ${notJudged.length} not; ${many(requests, 'request')}, ${many(kept, 'answer')} kept from before`,
    `judge: ${many(promptTokens, 'token')} in, ${many(completionTokens, 'token')} out${unknown}${price}`,
    ...Object.entries(tally.askedAgain).map(([why, times]) => `judge: asked again ${times} x: ${why}`),
    ...notJudged.slice(0, listed).map(({ id, why }) => `judge: "${id}" is not judged: ${why}`),
    ...(notJudged.length > listed ? [`judge: and ${notJudged.length - listed} more are not judged`] : []),
  ];
}
