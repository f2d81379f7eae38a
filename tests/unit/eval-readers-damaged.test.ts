// Damaged files of each format: read for what they say, or refused with a place.

import { expect, test } from 'vitest';
import type { Question } from '../../eval/question.ts';
import { formats, type FormatName } from '../../eval/readers/formats.ts';
import { runsOf } from '../../eval/readers/masks.ts';
import { dice, type Dice } from '../../eval/scenes/random.ts';
import { Molmo2Error } from '../../src/errors.ts';
import { firstSeed, inputsOf } from '../hostile/each-seed.ts';
import { content, names, read, samples } from './eval-reader-samples.ts';

const moments = (found: readonly Question[]) =>
  found
    .flatMap(({ reference }) => (reference.kind === 'tracks' ? reference.tracks : []))
    .reduce((sum, track) => sum + track.moments.length, 0);

/** What a file says of how much it holds, counted without our readers; null where that is not so simple. */
const stated: Record<FormatName, (text: string, questions: readonly Question[]) => [number, number] | null> =
  {
    json: (text, found) => [(JSON.parse(text) as { questions: [] }).questions.length, found.length],
    molmo2: (text, found) => [
      (content('molmo2', text) as { message_list: [] }[]).reduce(
        (sum, row) => sum + row.message_list.length,
        0,
      ),
      found.length,
    ],
    'pixmo-points': (text, found) => [(content('pixmo-points', text) as []).length, found.length],
    csv: (text, found) => (text.includes('"') ? null : [text.trim().split('\n').length - 1, found.length]),
    mot: (text, found) => [
      text.split('\n').filter((line) => line.trim() !== '' && Number(line.split(',')[6]) !== 0).length,
      moments(found),
    ],
    coco: (text, found) => {
      const { annotations } = JSON.parse(text) as { annotations: { iscrowd?: number }[] };
      if (annotations.some(({ iscrowd }) => iscrowd === 1)) return null;
      const whole = found.filter(({ category }) => category !== 'keypoint');
      const points = whole.flatMap(({ reference }) => (reference.kind === 'points' ? reference.points : []));
      // An annotation of keypoints alone is no object to point at.
      return 'bbox' in (annotations[2] ?? {}) && 'bbox' in (annotations[3] ?? {})
        ? [annotations.length, points.length]
        : null;
    },
    burst: (text, found) => {
      const { sequences } = JSON.parse(text) as {
        sequences: { not_exhaustive_category_ids: []; segmentations: Record<string, { rle: string }>[] }[];
      };
      if (sequences.some((sequence) => sequence.not_exhaustive_category_ids.length > 0)) return null;
      const masks = sequences
        .flatMap(({ segmentations }) => segmentations)
        .flatMap((frame) => Object.values(frame));
      const seen = masks.filter((mask) => runsOf(mask.rle)?.some((run, i) => i % 2 === 1 && run > 0));
      return [seen.length, moments(found)];
    },
    tao: (text, found) => [(JSON.parse(text) as { annotations: [] }).annotations.length, moments(found)],
  };

/** One small damage to a text: what is cut, doubled, or replaced by something else. */
function damaged(text: string, own: Dice): string {
  const at = own.whole(0, text.length);
  const end = Math.min(text.length, at + own.whole(1, 12));
  const tokens = [...text.matchAll(/-?\d+(?:\.\d+)?|"[^"]*"/g)];
  const token = tokens[own.whole(0, tokens.length)];
  const strange = own.pick([
    'null',
    '-1',
    '"x"',
    '1e99',
    '[]',
    '{}',
    '0.5',
    '',
    '99999999',
    'NaN',
    '"__proto__"',
    'true',
  ]);
  switch (own.whole(0, 6)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + text.slice(end);
    case 2:
      return text.slice(0, end) + text.slice(at);
    case 3:
      return (
        text.slice(0, at) +
        own.pick(['\0', '"', ',', '\n', '{', '}', '[', ' ', '|', '\uD800', '9']) +
        text.slice(at + 1)
      );
    default:
      if (!token) return text;
      return text.slice(0, token.index) + strange + text.slice(token.index + token[0].length);
  }
}

// HOSTILE_INPUTS tries more of each format, HOSTILE_SEED others.
test.each(names)('500 damaged files of %s are read for what they say, or refused with a place', (name) => {
  const inputs = inputsOf(500);
  let refused = 0;
  for (let seed = firstSeed; seed < firstSeed + inputs; seed++) {
    const text = damaged(samples[name], dice(seed, names.indexOf(name)));
    const about = `HOSTILE_SEED=${seed}: ${text}`;
    try {
      const questions = read(name, text);
      const counts = stated[name](text, questions);
      if (counts) expect(counts[1], about).toBe(counts[0]);
      const written = formats[name].write(questions);
      const again = read(name, written);
      // Training text gives a style to questions that have none, and puts those about one medium side by side.
      if (name === 'molmo2') expect(formats.molmo2.write(again), about).toBe(written);
      else expect(again, about).toEqual(questions);
    } catch (error) {
      if (!(error instanceof Molmo2Error)) throw new Error(about, { cause: error });
      expect(error.code).toBe('bad-dataset');
      expect(error.message).toMatch(
        /^file, (?:line \d+|key |question "|id ")|^The question "[^]*" cannot be written as /,
      );
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(inputs / 4);
  expect(refused).toBeLessThan(inputs);
});
