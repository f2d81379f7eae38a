// JSONL as PixMo-Points has it: a picture, a label, and points in percent of the picture's sides.

import * as v from 'valibot';
import type { Question } from '../question.ts';
import { pathOf, refuseFile, refuseQuestion, shown, type DatasetFormat, type ReadContext } from './format.ts';
import { checked, countNumber, finite, jsonLines, path, side } from './json.ts';

const percent = v.pipe(finite, v.minValue(0, 'must be 0 or more'), v.maxValue(100, 'must be 100 or less'));
const row = v.object({
  image_url: path,
  label: path,
  points: v.array(v.object({ x: percent, y: percent })),
  count: v.exactOptional(countNumber),
  collection_method: v.exactOptional(v.picklist(['pointing', 'counting'], 'must be pointing or counting')),
  width: v.exactOptional(side),
  height: v.exactOptional(side),
});

function read(text: string, context: ReadContext): Question[] {
  return jsonLines(text, context).map(({ line, value }) => {
    const where = `line ${line}`;
    const found = checked(row, value, context, `${where}, `);
    const { image_url: source, label, points, count, collection_method: method } = found;
    if (count !== undefined && count !== points.length)
      refuseFile(context, `${where}, key count`, `${count}, but there are ${points.length} points`);
    const { width, height } = { ...context.sizeOf?.(source), ...found };
    if (width === undefined || height === undefined)
      return refuseFile(
        context,
        where,
        `the size of ${shown(source)} is not known; add width and height in pixels`,
      );
    const isCounting = method === 'counting';
    return {
      id: `${context.name}:${line}`,
      media: { kind: 'images', images: [{ source, width, height }] },
      prompt: isCounting ? `How many ${label} are there?` : `Point to ${label}`,
      style: isCounting ? 'point_count' : 'pointing',
      label,
      reference: {
        kind: 'points',
        points: points.map(({ x, y }) => ({ x: (x / 100) * width, y: (y / 100) * height, image: 1 })),
      },
    };
  });
}

/** Nine decimals of a percent are far below a pixel, and hide what the way to pixels and back adds. */
const percentOf = (part: number, whole: number) => Number(((part / whole) * 100).toFixed(9));

function write(questions: readonly Question[]): string {
  const lines = questions.map((question) => {
    const { media, label, reference } = question;
    const [picture, ...others] = media.kind === 'images' ? media.images : [];
    if (!picture || others.length > 0 || reference.kind !== 'points')
      return refuseQuestion(question, 'PixMo-Points', 'it does not point at objects in one picture');
    if (label === undefined || label === '')
      return refuseQuestion(question, 'PixMo-Points', 'it has no label');
    if (reference.points.some(({ mask }) => mask))
      return refuseQuestion(question, 'PixMo-Points', 'its masks would be lost');
    const { width, height } = picture;
    return JSON.stringify({
      image_url: pathOf(picture.source, question, 'PixMo-Points'),
      label,
      points: reference.points.map(({ x, y }) => ({ x: percentOf(x, width), y: percentOf(y, height) })),
      count: reference.points.length,
      collection_method: question.style?.includes('count') ? 'counting' : 'pointing',
      width,
      height,
    });
  });
  return lines.map((line) => `${line}\n`).join('');
}

export const pixmoPoints: DatasetFormat = { name: 'PixMo-Points', read, write };
