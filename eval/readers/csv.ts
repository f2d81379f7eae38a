// Questions as a table: one row each, lists within a cell parted by `|`. For spreadsheets and short scripts.

import { csvCell, csvRows, type CsvRow } from '../../src/csv-rows.ts';
import type { Question, QuestionMedia, Reference, ReferenceTrack } from '../question.ts';
import {
  pathOf,
  refuseFile,
  refuseQuestion,
  shown,
  uniqueIds,
  type DatasetFormat,
  type ReadContext,
} from './format.ts';

const columns = [
  'id', // unique
  'media', // pictures, the video, or the frames of one
  'times', // of frames, in seconds
  'sizes', // of each picture, or of the video: 640x480
  'duration', // of a video, in seconds
  'prompt',
  'style',
  'label',
  'category',
  'kind', // how the reference is to be read
  'reference', // see referenceOf
  'moments', // of tracks: the times that were annotated
] as const;
type Column = (typeof columns)[number];

/** One row's cells, and how to refuse one of them. */
interface Cells {
  readonly of: (column: Column) => string;
  readonly refuse: (column: Column, what: string) => never;
}

const parts = (cell: string) => (cell === '' ? [] : cell.split('|'));

function numbers(cells: Cells, column: Column, text: string, count: number): number[] {
  const found = text
    .split(' ')
    .map((word) => (/^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(word) ? Number(word) : NaN));
  return found.length === count && found.every((value) => Number.isFinite(value))
    ? found
    : cells.refuse(column, `${shown(text)} instead of ${count === 1 ? 'a number' : `${count} numbers`}`);
}

function wholes(cells: Cells, column: Column, values: readonly number[], least: number): void {
  const bad = values.find((value) => !Number.isSafeInteger(value) || value < least);
  if (bad !== undefined) cells.refuse(column, `${bad} is no whole number of ${least} or more`);
}

function ascending(cells: Cells, column: Column): number[] {
  const times = parts(cells.of(column)).map((text) => numbers(cells, column, text, 1)[0] ?? 0);
  if (times.some((time, i) => time < 0 || (i > 0 && time <= (times[i - 1] ?? 0))))
    cells.refuse(column, 'the times are not ascending');
  return times;
}

function mediaOf(cells: Cells): QuestionMedia {
  const sources = parts(cells.of('media'));
  if (sources.includes('')) cells.refuse('media', 'a name is empty');
  const sizes = parts(cells.of('sizes')).map((text) => {
    const [, width = '', height = ''] = /^(\d{1,5})x(\d{1,5})$/.exec(text) ?? [];
    const size = { width: Number(width), height: Number(height) };
    return size.width > 0 && size.height > 0
      ? size
      : cells.refuse('sizes', `${shown(text)} instead of a size such as 640x480`);
  });
  const isVideo = cells.of('duration') !== '';
  const needed = isVideo ? 1 : sources.length;
  if (sizes.length !== needed) cells.refuse('sizes', `${sizes.length} sizes, ${needed} are needed`);
  if (!isVideo) {
    if (cells.of('times') !== '') cells.refuse('times', 'frames have times, but there is no duration');
    if (sources.length === 0) return { kind: 'none' };
    return {
      kind: 'images',
      images: sources.map((source, i) => ({ source, ...(sizes[i] ?? { width: 1, height: 1 }) })),
    };
  }
  const [durationSec = 0] = numbers(cells, 'duration', cells.of('duration'), 1);
  const times = ascending(cells, 'times');
  const [first] = sources;
  const [size = { width: 1, height: 1 }] = sizes;
  if (durationSec < 0) cells.refuse('duration', `${durationSec} is below 0`);
  if (first === undefined) return cells.refuse('media', 'the video has no name');
  if (times.length === 0 && sources.length === 1)
    return { kind: 'video', video: first, ...size, durationSec };
  if (times.length !== sources.length)
    cells.refuse('times', `${times.length} times for ${sources.length} frames`);
  return { kind: 'video', video: { frames: sources, timestamps: times }, ...size, durationSec };
}

function tracksOf(cells: Cells): ReferenceTrack[] {
  const tracks = new Map<number, { timeSec: number; x: number; y: number }[]>();
  for (const text of parts(cells.of('reference'))) {
    const [id = 0, timeSec = 0, x = 0, y = 0] = numbers(cells, 'reference', text, 4);
    wholes(cells, 'reference', [id], -Infinity);
    const moments = tracks.get(id) ?? [];
    tracks.set(id, moments);
    const last = moments.at(-1);
    if (timeSec < 0 || (last && last.timeSec >= timeSec))
      cells.refuse('reference', `object ${id} at ${timeSec} s does not come after its other moments`);
    moments.push({ timeSec, x, y });
  }
  return [...tracks].map(([id, moments]) => ({ id, moments }));
}

/** `image x y|...`, `time x y|...`, `id time x y|...`, a number, `number of the right one|choice|...`, or texts. */
function referenceOf(cells: Cells, media: QuestionMedia): Reference {
  const kind = cells.of('kind');
  const cell = cells.of('reference');
  if (
    (kind === 'video-points' || kind === 'tracks') !== (media.kind === 'video') &&
    kind.match(/points|tracks/)
  )
    cells.refuse('kind', `${kind}, but the media are ${media.kind}`);
  switch (kind) {
    case 'points': {
      const points = parts(cell).map((text) => {
        const [image = 0, x = 0, y = 0] = numbers(cells, 'reference', text, 3);
        wholes(cells, 'reference', [image], 1);
        const pictures = media.kind === 'images' ? media.images.length : 0;
        if (image > pictures)
          cells.refuse('reference', `a point is in picture ${image}, but there are ${pictures}`);
        return { x, y, image };
      });
      return { kind, points };
    }
    case 'video-points': {
      const points = parts(cell).map((text) => {
        const [timeSec = 0, x = 0, y = 0] = numbers(cells, 'reference', text, 3);
        return timeSec < 0
          ? cells.refuse('reference', `${timeSec} s is before the video`)
          : { timeSec, x, y };
      });
      return { kind, points };
    }
    case 'tracks': {
      const timesSec = ascending(cells, 'moments');
      return { kind, tracks: tracksOf(cells), ...(timesSec.length > 0 && { timesSec }) };
    }
    case 'count': {
      const [count = 0] = numbers(cells, 'reference', cell, 1);
      wholes(cells, 'reference', [count], 0);
      return { kind, count };
    }
    case 'choice': {
      const [first = '', ...choices] = parts(cell);
      const [right = 0] = numbers(cells, 'reference', first, 1);
      wholes(cells, 'reference', [right], 1);
      if (right > choices.length)
        cells.refuse('reference', `choice ${right} is right, but there are ${choices.length}`);
      return { kind, choices, right: right - 1 };
    }
    case 'short':
      return cell === '' ? cells.refuse('reference', 'there is no answer') : { kind, answers: parts(cell) };
    case 'caption':
      return { kind, statements: parts(cell) };
    default:
      return cells.refuse('kind', `${shown(kind)} is no kind of reference`);
  }
}

function cellsOf({ line, cells }: CsvRow, header: readonly string[], context: ReadContext): Cells {
  if (cells.length !== header.length)
    refuseFile(context, `line ${line}`, `${cells.length} cells, but the table has ${header.length} columns`);
  return {
    of: (column) => cells[header.indexOf(column)] ?? '',
    refuse: (column, what) => refuseFile(context, `line ${line}, column ${column}`, what),
  };
}

function read(text: string, context: ReadContext): Question[] {
  const [header, ...rows] = csvRows(text, (where, what) => refuseFile(context, where, what));
  const names = header?.cells ?? [];
  for (const name of names)
    if (!columns.some((column) => column === name))
      refuseFile(context, 'line 1', `there is no column ${shown(name)}`);
  if (new Set(names).size !== names.length) refuseFile(context, 'line 1', 'a column is there twice');
  for (const name of ['id', 'prompt', 'kind', 'reference'])
    if (!names.includes(name)) refuseFile(context, 'line 1', `the column ${name} is missing`);
  const questions = rows.map((row) => {
    const cells = cellsOf(row, names, context);
    const media = mediaOf(cells);
    const texts = (['style', 'label', 'category'] as const).flatMap((column) =>
      cells.of(column) === '' ? [] : [[column, cells.of(column)] as const],
    );
    const id = cells.of('id') || cells.refuse('id', 'it is empty');
    const reference = referenceOf(cells, media);
    return { id, media, prompt: cells.of('prompt'), ...Object.fromEntries(texts), reference };
  });
  return uniqueIds(questions, context);
}

/** Texts as the parts of one cell. */
function joined(question: Question, texts: readonly string[]): string {
  if (texts.some((text) => text.includes('|')))
    refuseQuestion(question, 'CSV', 'a text has a "|", which parts lists');
  if (texts.length > 0 && texts.join('') === '') refuseQuestion(question, 'CSV', 'a text of a list is empty');
  return texts.join('|');
}

function referenceCell(question: Question): string {
  const { reference } = question;
  const bare = (places: readonly object[]) => {
    if (places.some((place) => 'mask' in place || 'masks' in place || 'box' in place))
      refuseQuestion(question, 'CSV', 'its masks or boxes would be lost');
  };
  switch (reference.kind) {
    case 'points':
      bare(reference.points);
      return reference.points.map(({ image, x, y }) => `${image} ${x} ${y}`).join('|');
    case 'video-points':
      bare(reference.points);
      return reference.points.map(({ timeSec, x, y }) => `${timeSec} ${x} ${y}`).join('|');
    case 'tracks':
      bare(reference.tracks.flatMap(({ moments }) => moments));
      return reference.tracks
        .flatMap(({ id, moments }) => moments.map(({ timeSec, x, y }) => `${id} ${timeSec} ${x} ${y}`))
        .join('|');
    case 'count':
      return String(reference.count);
    case 'choice':
      return joined(question, [String(reference.right + 1), ...reference.choices]);
    case 'short':
      return joined(question, reference.answers);
    case 'caption':
      return joined(question, reference.statements);
  }
}

function mediaCells(question: Question): Partial<Record<Column, string>> {
  const { media } = question;
  const names = (sources: readonly (string | Blob)[]) =>
    joined(
      question,
      sources.map((source) => pathOf(source, question, 'CSV')),
    );
  if (media.kind === 'none') return {};
  if (media.kind === 'images')
    return {
      media: names(media.images.map(({ source }) => source)),
      sizes: media.images.map(({ width, height }) => `${width}x${height}`).join('|'),
    };
  const { video, width, height, durationSec } = media;
  const shared = { sizes: `${width}x${height}`, duration: String(durationSec) };
  if (typeof video === 'string' || video instanceof Blob) return { media: names([video]), ...shared };
  return { media: names(video.frames), times: video.timestamps.join('|'), ...shared };
}

function write(questions: readonly Question[]): string {
  const rows = questions.map((question) => {
    const { id, prompt, style = '', label = '', category = '', reference } = question;
    const moments = reference.kind === 'tracks' ? (reference.timesSec ?? []).join('|') : '';
    const cells: Partial<Record<Column, string>> = {
      ...mediaCells(question),
      ...{
        id,
        prompt,
        style,
        label,
        category,
        kind: reference.kind,
        reference: referenceCell(question),
        moments,
      },
    };
    return columns.map((column) => csvCell(cells[column] ?? '')).join(',');
  });
  return [columns.join(','), ...rows].map((row) => `${row}\n`).join('');
}

export const csv: DatasetFormat = { name: 'CSV', read, write };
