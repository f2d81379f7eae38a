// The sample media: questions with the answers that the embedded model's weights give in PyTorch.

import type { Answer, AskInput, AskOptions } from '../../src/api.ts';
import type { Molmo2 } from '../../src/index.ts';
import { fixtureJson, fixtureUrl } from '../fixture-files.ts';

export interface Sample {
  readonly name: string;
  readonly kind: 'image' | 'images' | 'video';
  readonly media: readonly string[];
  readonly frames?: readonly string[];
  readonly timestamps?: readonly number[];
  readonly questions: readonly {
    readonly question: string;
    readonly truth: string;
    readonly answer: string;
    /** Smallest gap between the best and the second logit along the answer. */
    readonly min_margin: number;
  }[];
}

export async function samples(): Promise<readonly Sample[]> {
  return (await fixtureJson('samples/index.json')) as Sample[];
}

const address = (file: string) => fixtureUrl(`samples/${file}`);

/** The sample as exact pictures: images as they are, clips as their lossless frames. */
export function exactMedia(sample: Sample): AskInput {
  if (sample.kind !== 'video') return { images: sample.media.map(address) };
  return { video: { frames: (sample.frames ?? []).map(address), timestamps: sample.timestamps ?? [] } };
}

/** The clip itself, through the video decoder. */
export function encodedMedia(sample: Sample): AskInput {
  const [file = ''] = sample.media;
  return { video: address(file) };
}

export async function answerOf(molmo: Molmo2, input: AskInput, options: AskOptions = {}): Promise<Answer> {
  for await (const event of molmo.ask(input, options)) if (event.type === 'done') return event.answer;
  throw new Error('the events ended without an answer');
}

/** A place in thousandths, as the answer's text states it. */
interface Place {
  readonly key: string;
  readonly id: string;
  readonly x: number;
  readonly y: number;
}

/** Every place of an answer's text, and the text with all coordinates blanked: its structure. */
export function structure(text: string): { places: Place[]; rest: string } {
  const places: Place[] = [];
  const rest = text.replaceAll(/coords="([^"]*)"/g, (_, coords: string) => {
    const groups = coords.split(';').map((group) => {
      const [key = '', ...numbers] = group.split(' ');
      const ids: string[] = [];
      for (let i = 0; i + 2 < numbers.length; i += 3) {
        const [id = '', x, y] = numbers.slice(i, i + 3);
        ids.push(id);
        places.push({ key, id, x: Number(x), y: Number(y) });
      }
      return `${key}:${ids.join(',')}`;
    });
    return `coords="${groups.join(';')}"`;
  });
  return { places, rest };
}

/** Largest shift of any point between two texts of the same structure, as a share of the picture's size. */
export function largestShift(a: string, b: string): number {
  const left = structure(a).places;
  const right = structure(b).places;
  return Math.max(
    0,
    ...left.map(
      (p, i) => Math.max(Math.abs(p.x - (right[i]?.x ?? NaN)), Math.abs(p.y - (right[i]?.y ?? NaN))) / 1000,
    ),
  );
}
