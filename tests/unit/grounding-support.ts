// What the tests of src/grounding share: the published cases and a seeded generator.

import { readFileSync } from 'node:fs';
import type { PointMedia, Size } from '../../src/grounding/coordinates.ts';
import { seeded } from './text-support.ts';

export interface PointCase {
  readonly text: string;
  readonly kind: 'image' | 'video' | 'multi' | 'track';
  readonly width: number | readonly number[];
  readonly height: number | readonly number[];
  readonly fps?: number;
  readonly expected: unknown;
  readonly expected_with_ids?: readonly (readonly number[])[];
  readonly path: 'unified' | 'legacy' | 'none';
}

const file = new URL('../fixtures/point-format-cases.json', import.meta.url);
export const pointCases = (JSON.parse(readFileSync(file, 'utf8')) as { cases: readonly PointCase[] }).cases;

/** The pictures that a case speaks about, one entry unless it is about several. */
export function sizesOf(c: PointCase): Size[] {
  const heights = [c.height].flat();
  return [c.width].flat().map((width, i) => ({ width, height: heights[i] ?? 0 }));
}

export function mediaOf(c: PointCase): PointMedia {
  const sizes = sizesOf(c);
  const [first] = sizes;
  if (!first) throw new Error('a case without a size');
  if (c.kind === 'multi') return { kind: 'multi', sizes };
  return { kind: c.kind === 'image' ? 'image' : 'video', ...first };
}

export function generator(seed: number) {
  const random = seeded(seed);
  return {
    random,
    pick: (words: readonly string[]): string => words[Math.floor(random() * words.length)] ?? '',
    /** The text cut at random places into pieces, none of them empty. */
    cut: (text: string): string[] => {
      const pieces: string[] = [];
      for (let from = 0; from < text.length;) {
        const length = 1 + Math.floor(random() * random() * 20);
        pieces.push(text.slice(from, from + length));
        from += length;
      }
      return pieces;
    },
  };
}
