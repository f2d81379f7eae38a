// The seeded mix: which order comes next, what else happens meanwhile, and what may come of it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/cache.ts';
import type { Random } from '../../src/decoder/sampling.ts';
import type { Order, Question, Settings } from './page.ts';

/** What happens while an order is carried out. */
export type Disturbance =
  | { readonly kind: 'none' | 'hidden' }
  /** The device goes with its n-th submit from now on. */
  | { readonly kind: 'lost'; readonly submits: number }
  /** The n-th requests for a model's file are answered so. */
  | {
      readonly kind: 'network';
      readonly file: RegExp;
      readonly requests: number;
      readonly status: number;
      readonly body: string;
    };

export interface Step {
  readonly order: Order;
  readonly meanwhile: Disturbance;
  /** Error codes that are an outcome, too; `AbortError` for a question that was cancelled. */
  readonly mayFail: readonly string[];
}

interface Entry {
  readonly name: string;
  readonly kind: Question['kind'];
  readonly media: readonly string[];
  readonly questions: readonly { readonly question: string; readonly answer: string }[];
}

const folder = '/tests/fixtures/samples/';
const index = JSON.parse(readFileSync(join(root, folder, 'index.json'), 'utf8')) as readonly Entry[];

export const all: readonly Question[] = index.flatMap(({ kind, media, questions }) =>
  questions.map(({ question }) => ({ kind, files: media.map((file) => folder + file), prompt: question })),
);
const pictures = all.filter(({ kind }) => kind !== 'video');
const clips = all.filter(({ kind }) => kind === 'video');

/** PyTorch's answer to a question about exact pictures, with the weights of `shapes`. */
export const reference = new Map(
  index.flatMap(({ kind, media, questions }) =>
    kind === 'video'
      ? []
      : questions.map(
          ({ question, answer }) =>
            [`${media.map((file) => folder + file).join()} ${question}`, answer] as const,
        ),
  ),
);

export const models: readonly Settings[] = [
  { model: 'shapes' },
  { model: 'shapes' },
  { model: 'shapes', weights: 'q8' },
  { model: '/tests/fixtures/golden/checkpoint-olmo', cache: false },
  { model: 'shapes', share: true },
];

const undisturbed = { meanwhile: { kind: 'none' }, mayFail: [] } as const;

/** For how many steps a model is kept: mostly few, so that models change, and now and then enough to see what grows. */
const lives = [10, 30, 100, 400];

export class Mix {
  readonly #random: Random;
  /** Steps until the next load. */
  #left = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  pick<T>(list: readonly T[]): T {
    const picked = list[Math.floor(this.#random() * list.length)];
    if (picked === undefined) throw new Error('nothing to pick from');
    return picked;
  }

  #below(n: number): number {
    return Math.floor(this.#random() * n);
  }

  /** `mayLose` is false while one more loss would be the third within a minute. */
  next(mayLose: boolean): Step {
    if (this.#left-- <= 0) return this.#random() < 0.3 ? this.#badNetwork() : this.load();
    if (this.#random() < 0.05) return this.#broken();
    const order = this.#question();
    const second = this.#random();
    if (second < 0.15 && 'cancelMs' in order === false && order.kind !== 'plan' && order.kind !== 'score')
      return {
        order: { ...order, cancelMs: this.#below(3000) } as Order,
        meanwhile: { kind: 'none' },
        mayFail: ['AbortError'],
      };
    if (second < 0.25 && mayLose)
      return { order, meanwhile: { kind: 'lost', submits: 1 + this.#below(150) }, mayFail: [] };
    if (second < 0.3) return { order, meanwhile: { kind: 'hidden' }, mayFail: [] };
    return { order, ...undisturbed };
  }

  load(settings = this.pick(models)): Step {
    this.#left = this.pick(lives);
    return { order: { kind: 'load', settings }, ...undisturbed };
  }

  #question(): Order {
    const dice = this.#random();
    const picture = this.pick(pictures);
    const clip = this.pick(clips);
    const one = dice < 0.3 ? clip : picture;
    const prompts = () => Array.from({ length: 2 + this.#below(3) }, () => this.pick(all).prompt);
    if (dice > 0.95) return { kind: 'plan', question: one };
    if (dice > 0.9) return { kind: 'score', question: picture, answer: 'There are none.' };
    if (dice > 0.86) return { kind: 'windows', question: clip };
    if (dice > 0.76) return { kind: 'many', questions: [picture, this.pick(pictures), this.pick(pictures)] };
    if (dice > 0.66) return { kind: 'all', question: picture, prompts: prompts() };
    return { kind: 'ask', question: one, later: this.#random() < 0.4 ? [this.pick(all).prompt] : [] };
  }

  #badNetwork(): Step {
    this.#left = this.pick(lives);
    const file = this.pick([/config\.json$/, /tokenizer\.json$/, /\.safetensors$/]);
    const requests = this.pick([1, 2, 1000]);
    const [status, body] = this.pick([
      [503, 'busy'],
      [404, 'gone'],
      [500, ''],
      [200, '<!doctype html>'],
      [200, '{"cut":'],
    ] as const);
    return {
      order: { kind: 'load', settings: { model: 'shapes' } },
      meanwhile: { kind: 'network', file, requests, status, body },
      mayFail: ['network', 'unknown-model', 'bad-checkpoint', 'bad-bundle', 'unsupported-model'],
    };
  }

  #broken(): Step {
    const question = this.pick(this.#random() < 0.5 ? clips : pictures);
    const flips = Array.from({ length: this.#below(8) }, () => this.#below(1e6));
    return {
      order: { kind: 'broken', question, bytes: 1 + this.#below(60_000), flips },
      meanwhile: { kind: 'none' },
      mayFail: ['media-unreadable', 'media-too-large', 'bad-request'],
    };
  }
}
