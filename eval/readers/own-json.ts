// Our own file of questions: everything that ../question.ts can say, as it is.

import * as v from 'valibot';
import type { Question } from '../question.ts';
import { pathOf, refuseFile, uniqueIds, type DatasetFormat, type ReadContext } from './format.ts';
import { checked, countNumber, finite, parsedJson, path, seconds, side, whole } from './json.ts';
import { maskFault } from './masks.ts';

const mask = v.pipe(
  v.strictObject({ width: side, height: side, counts: v.array(countNumber) }),
  v.check((value) => maskFault(value) === null, 'the runs of a mask must add up to width * height'),
);
const place = { x: finite, y: finite, mask: v.exactOptional(mask) };
const box = v.strictObject({ x: finite, y: finite, width: finite, height: finite });
const size = { width: side, height: side };
const times = v.pipe(
  v.array(seconds),
  v.check((list) => list.every((time, i) => i === 0 || time > (list[i - 1] ?? 0)), 'must be ascending'),
);
const moments = v.pipe(
  v.array(v.strictObject({ timeSec: seconds, ...place, box: v.exactOptional(box) })),
  v.check(
    (list) => list.every(({ timeSec }, i) => i === 0 || timeSec > (list[i - 1]?.timeSec ?? 0)),
    'must be ascending in time',
  ),
);
const frames = v.pipe(
  v.strictObject({ frames: v.pipe(v.array(path), v.minLength(1, 'must not be empty')), timestamps: times }),
  v.check((list) => list.frames.length === list.timestamps.length, 'must have one timestamp per frame'),
);
const media = v.variant('kind', [
  v.strictObject({ kind: v.literal('none') }),
  v.strictObject({
    kind: v.literal('images'),
    images: v.pipe(v.array(v.strictObject({ source: path, ...size })), v.minLength(1, 'must not be empty')),
  }),
  v.strictObject({
    kind: v.literal('video'),
    video: v.union([path, frames], 'must be a file, or frames and ascending timestamps, one per frame'),
    ...size,
    durationSec: seconds,
  }),
]);
const texts = v.array(v.string());
const reference = v.variant('kind', [
  v.strictObject({
    kind: v.literal('points'),
    points: v.array(v.strictObject({ ...place, image: v.pipe(whole, v.minValue(1, 'must be 1 or more')) })),
  }),
  v.strictObject({ kind: v.literal('count'), count: countNumber }),
  v.strictObject({
    kind: v.literal('video-points'),
    points: v.array(
      v.strictObject({
        ...place,
        timeSec: seconds,
        masks: v.exactOptional(v.array(v.strictObject({ timeSec: seconds, mask }))),
      }),
    ),
  }),
  v.strictObject({
    kind: v.literal('tracks'),
    tracks: v.array(v.strictObject({ id: whole, moments })),
    timesSec: v.exactOptional(times),
  }),
  v.strictObject({ kind: v.literal('choice'), choices: texts, right: countNumber }),
  v.strictObject({
    kind: v.literal('short'),
    answers: v.pipe(texts, v.minLength(1, 'must not be empty')),
  }),
  v.strictObject({ kind: v.literal('caption'), statements: texts }),
]);
const text = v.exactOptional(v.string());
const file = v.strictObject({
  format: v.literal('molmo2-questions', 'must be "molmo2-questions"'),
  version: v.literal(1, 'must be 1, which this release reads'),
  questions: v.array(
    v.strictObject({
      id: path,
      media,
      prompt: v.string(),
      style: text,
      label: text,
      category: text,
      reference,
    }),
  ),
});

/** What no schema of a single value sees: numbers of pictures and choices, and media that suit the reference. */
function refuseContradictions({ id, media: shown, reference: right }: Question, context: ReadContext): void {
  const refuse = (what: string) => refuseFile(context, `question ${JSON.stringify(id)}`, what);
  const pictures = shown.kind === 'images' ? shown.images.length : 0;
  if (right.kind === 'points')
    for (const { image } of right.points)
      if (image > pictures) refuse(`a point is in picture ${image}, but there are ${pictures}`);
  if ((right.kind === 'video-points' || right.kind === 'tracks') && shown.kind !== 'video')
    refuse(`its reference has times, but it shows ${shown.kind}`);
  if (right.kind === 'choice' && right.right >= right.choices.length)
    refuse(`choice ${right.right} is right, but there are ${right.choices.length}`);
  if (right.kind === 'tracks' && new Set(right.tracks.map((track) => track.id)).size !== right.tracks.length)
    refuse('two tracks have the same id');
}

/** Questions as this project's own JSON: `{ format: 'molmo2-questions', version: 1, questions }`. */
export const ownJson: DatasetFormat = {
  name: 'molmo2-questions',
  read(content, context) {
    const { questions } = checked(file, parsedJson(content, context), context);
    for (const question of questions) refuseContradictions(question, context);
    return uniqueIds(questions, context);
  },
  write(questions) {
    for (const question of questions) {
      const { media: shown } = question;
      const video = shown.kind === 'video' ? shown.video : '';
      const inFrames = typeof video === 'string' || video instanceof Blob ? [video] : video.frames;
      const inPictures = shown.kind === 'images' ? shown.images.map(({ source }) => source) : [];
      for (const source of [...inFrames, ...inPictures]) pathOf(source, question, 'JSON');
    }
    return `${JSON.stringify({ format: 'molmo2-questions', version: 1, questions }, null, 1)}\n`;
  },
};
