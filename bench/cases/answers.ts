// Whole questions to the embedded model, through the door that users take, and the stages of the same answers.

import { Molmo2, type Answer, type AskInput, type Timings } from '../../src/index.ts';
import { onnx } from '../../src/onnx/onnx.ts';
import { checked } from '../measure/check.ts';
import type { BenchCase, CheckResult, Contender, OpenCase, Peer, SuiteName } from '../measure/types.ts';
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

/**
 * An answer in all, then its stages, which are read from the same answers. The peer computes the whole model, on the processor:
 * what a page without WebGPU waits for.
 */
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
      open: ({ peer }) => asked.open(key, peer),
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
  #other: Molmo2 | null = null; // the peer's

  constructor(question: Question) {
    this.#question = question;
  }

  async open(key: keyof Timings, peer: Peer | null): Promise<OpenCase> {
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
    const theirs = all && peer ? await this.#theirs(peer) : { peer: null };
    return {
      ours: { name: 'molmo2-webgpu', run },
      ...theirs,
      check: async () => (all || this.#check === null ? this.#checked() : this.#check),
      close: () => {
        this.#molmo?.dispose();
        this.#other?.dispose();
        [this.#molmo, this.#other] = [null, null];
      },
    };
  }

  /** The same answers by the peer, where they are right. */
  async #theirs({ runtime }: Peer): Promise<Pick<OpenCase, 'peer' | 'peerProblem'>> {
    try {
      const fallback = onnx(async () => runtime, { always: true });
      const other = await Molmo2.load({ featureCacheBytes: 0, fallback });
      this.#other = other;
      const { ok, error } = compareTexts((await answerOf(other, this.#question)).text, this.#question.answer);
      if (!ok) return { peer: null, peerProblem: `its answer is another one (${error})` };
      const run: Contender['run'] = async (times) => {
        let ms = 0;
        for (let i = 0; i < times; i++) ms += (await answerOf(other, this.#question)).timings.totalMs;
        return ms;
      };
      return { peer: { name: other.info.adapter.description, run } };
    } catch (error) {
      return { peer: null, peerProblem: String(error) };
    }
  }

  async #ask(): Promise<Answer> {
    // Without kept features every answer does all the work of a first one.
    this.#molmo ??= await Molmo2.load({ featureCacheBytes: 0 });
    const answer = await answerOf(this.#molmo, this.#question);
    this.#timings.push(answer.timings);
    return answer;
  }

  async #checked(): Promise<CheckResult> {
    const { text } = await this.#ask();
    this.#timings.length = 0; // the first answer compiled the kernels
    this.#check = compareTexts(text, this.#question.answer);
    return this.#check;
  }
}

async function answerOf(molmo: Molmo2, { input }: Question): Promise<Answer> {
  for await (const event of molmo.ask(input)) if (event.type === 'done') return event.answer;
  throw new Error('the events ended without an answer');
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
