// Whole questions to the embedded model, through the door that users take, and the stages of the same answers.

import { Molmo2, type Answer, type AskInput, type Timings } from '../../src/index.ts';
import { checked } from '../measure/check.ts';
import type { BenchCase, CheckResult, OpenCase, SuiteName } from '../measure/types.ts';
import { sampleClip, samplePicture } from './sample-questions.ts';

interface Question {
  readonly name: string;
  readonly input: AskInput;
  /** What PyTorch answers with the same weights. */
  readonly answer: string;
}

const image: Question = {
  name: 'sample image',
  input: { prompt: samplePicture.question, image: samplePicture.file },
  answer: samplePicture.answer,
};
const clip: Question = {
  name: 'sample clip',
  input: { prompt: sampleClip.question, video: sampleClip.file },
  answer: sampleClip.answer,
};

const stages = {
  media: 'mediaMs',
  vision: 'visionMs',
  prefill: 'prefillMs',
  decode: 'decodeMs',
} as const satisfies Record<string, keyof Timings>;

/** An answer in all, then its stages, which are read from the same answers. */
export function answerCases(): BenchCase[] {
  return [image, clip].flatMap((question) => {
    const asked = new Asked(question);
    const of = (name: string, key: keyof Timings): BenchCase => ({
      suite: 'video' satisfies SuiteName,
      name: `answer, ${name}`,
      shape: `shapes, ${question.name}`,
      work: null,
      denominator: null,
      software: true,
      whole: true,
      open: () => asked.open(key),
    });
    return [of('all', 'totalMs'), ...Object.entries(stages).map(([name, key]) => of(name, key))];
  });
}

/** A question and the times of its answers so far. */
class Asked {
  readonly #question: Question;
  readonly #timings: Timings[] = [];
  #check: CheckResult | null = null;
  #molmo: Molmo2 | null = null;

  constructor(question: Question) {
    this.#question = question;
  }

  open(key: keyof Timings): Promise<OpenCase> {
    let next = 0;
    const all = key === 'totalMs';
    if (all) this.#timings.length = 0;
    const run = async (times: number): Promise<number> => {
      let ms = 0;
      for (let i = 0; i < times; i++) {
        if (this.#timings.length <= next) await this.#ask();
        ms += this.#timings[next]?.[key] ?? NaN;
        next += 1;
      }
      return ms;
    };
    return Promise.resolve({
      ours: { name: 'molmo2-webgpu', run },
      peer: null,
      check: async () => (all || this.#check === null ? this.#checked() : this.#check),
      close: () => {
        this.#molmo?.dispose();
        this.#molmo = null;
      },
    });
  }

  async #ask(): Promise<Answer> {
    // Without kept features every answer does all the work of a first one.
    this.#molmo ??= await Molmo2.load({ featureCacheBytes: 0 });
    for await (const event of this.#molmo.ask(this.#question.input))
      if (event.type === 'done') {
        this.#timings.push(event.answer.timings);
        return event.answer;
      }
    throw new Error('the events ended without an answer');
  }

  async #checked(): Promise<CheckResult> {
    const { text } = await this.#ask();
    this.#timings.length = 0; // the first answer compiled the kernels
    this.#check = compareTexts(text, this.#question.answer);
    return this.#check;
  }
}

const number = /\d+(\.\d+)?/g;

/** The same words, and numbers that differ little: video decoders do not agree on every pixel. */
function compareTexts(actual: string, expected: string): CheckResult {
  const numbers = (text: string) => (text.match(number) ?? []).map(Number);
  const limit = 0.02;
  if (actual.replaceAll(number, '#') !== expected.replaceAll(number, '#'))
    return { ok: false, error: Infinity, limit };
  return checked(numbers(actual), numbers(expected), limit);
}
