// A table with one row for each point, for spreadsheets and short scripts. It does not say what the media are like.

import * as v from 'valibot';
import { csvCell, csvRows } from '../../csv-rows.ts';
import {
  type AnnotationDocument,
  type AnnotationMedia,
  type AnnotationObject,
  type AnnotationPoint,
  fileOf,
  largestId,
} from '../document/document.ts';
import { refuseFile, shown } from './fault.ts';
import { color, kind, origin } from './json-text.ts';
import { soundObject } from './sound.ts';

const columns = [
  'object', // its id
  'label',
  'kind', // points or track
  'visible', // true or false
  'color', // #rrggbb, or nothing for the colour of its id
  'file', // for people
  'image', // 1-based number of the picture; nothing in a video
  'time_s', // seconds; nothing in pictures
  'x', // pixels of the original
  'y',
  'origin', // sampled, made or interpolated
] as const;
type Column = (typeof columns)[number];

/** A spreadsheet would run a text that begins so as a formula; an apostrophe before it is taken off again by the reader. */
const guarded = (label: string) => (/^['=+\-@\t\r]/.test(label) ? `'${label}` : label);
const unguarded = (cell: string) => (cell.startsWith("'") ? cell.slice(1) : cell);

export function writeCsv({ media, objects }: AnnotationDocument): string {
  const rows = objects.flatMap(({ id, label, kind: of, visible, color: own, points }) =>
    points.map((point) => {
      const { x, y, image = '', timeSec = '', origin: from } = point;
      const cells: Record<Column, string> = {
        object: String(id),
        label: guarded(label),
        kind: of,
        visible: String(visible),
        color: own ?? '',
        file: guarded(fileOf(media, point)?.name ?? ''),
        image: String(image),
        time_s: String(timeSec),
        x: String(x),
        y: String(y),
        origin: from,
      };
      return columns.map((column) => csvCell(cells[column])).join(',');
    }),
  );
  return [columns.join(','), ...rows].map((row) => `${row}\n`).join('');
}

type Cell = (column: Column) => string;

function number(cell: Cell, column: Column, where: string): number {
  const written = cell(column);
  const value = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(written) ? Number(written) : NaN;
  return Number.isFinite(value)
    ? value
    : refuseFile(`${where}, column ${column}`, `${shown(written)} is no number`);
}

function word<T>(schema: v.GenericSchema<unknown, T>, cell: Cell, column: Column, where: string): T {
  const result = v.safeParse(schema, cell(column));
  if (result.success) return result.output;
  return refuseFile(`${where}, column ${column}`, `${shown(cell(column))} ${result.issues[0].message}`);
}

function pointOf(cell: Cell, where: string): AnnotationPoint {
  const [x, y] = [number(cell, 'x', where), number(cell, 'y', where)];
  const from = cell('origin') === '' ? 'made' : word(origin, cell, 'origin', where);
  if (cell('time_s') !== '') return { x, y, timeSec: number(cell, 'time_s', where), origin: from };
  return { x, y, image: cell('image') === '' ? 1 : number(cell, 'image', where), origin: from };
}

/** What a row says of the whole object; the first row of an object counts, and others must say the same. */
function shellOf(cell: Cell, where: string): Omit<AnnotationObject, 'points'> {
  const id = number(cell, 'object', where);
  if (!Number.isSafeInteger(id) || id < 1 || id > largestId)
    refuseFile(`${where}, column object`, `${id} is no whole number from 1 to ${largestId}`);
  const isHidden = cell('visible') === 'false';
  if (!['true', 'false', ''].includes(cell('visible')))
    refuseFile(`${where}, column visible`, `${shown(cell('visible'))} must be true or false`);
  return {
    id,
    label: unguarded(cell('label')),
    kind: word(kind, cell, 'kind', where),
    visible: !isHidden,
    color: cell('color') === '' ? null : word(color, cell, 'color', where),
  };
}

interface Begun {
  readonly shell: Omit<AnnotationObject, 'points'>;
  readonly points: AnnotationPoint[];
  readonly lines: number[];
}

function checkHeader(names: readonly string[]): void {
  const unknown = names.find((name) => !columns.some((column) => column === name));
  if (unknown !== undefined) refuseFile('line 1', `there is no column ${shown(unknown)}`);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) refuseFile('line 1', `the column ${twice} is there twice`);
  for (const column of ['object', 'kind', 'x', 'y'])
    if (!names.includes(column)) refuseFile('line 1', `the column ${column} is missing`);
}

/** Reads a table about `media`: pictures and times that they do not have are refused. */
export function readCsv(content: string, media: AnnotationMedia): AnnotationDocument {
  const [header, ...rows] = csvRows(content, refuseFile);
  const names = header?.cells ?? [];
  checkHeader(names);
  const begun = new Map<number, Begun>();
  for (const { line, cells } of rows) {
    const where = `line ${line}`;
    if (cells.length !== names.length)
      refuseFile(where, `${cells.length} cells, but the table has ${names.length} columns`);
    const cell = (column: Column) => cells[names.indexOf(column)] ?? '';
    const shell = shellOf(cell, where);
    const before = begun.get(shell.id) ?? { shell, points: [], lines: [] };
    if (JSON.stringify(before.shell) !== JSON.stringify(shell))
      refuseFile(where, `object ${shell.id} is another one in line ${before.lines[0]}`);
    before.points.push(pointOf(cell, where));
    before.lines.push(line);
    begun.set(shell.id, before);
  }
  const objects = Array.from(begun.values(), ({ shell, points, lines }) =>
    soundObject({ ...shell, points }, media, (i) => `line ${lines[i ?? 0]}`),
  );
  return { media, asked: [], objects };
}
