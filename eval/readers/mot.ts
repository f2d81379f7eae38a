// MOT Challenge's gt.txt: one line per object and frame. Each class becomes one question.

import type { Question, ReferenceTrack, TrackMoment } from '../question.ts';
import { refuseFile, refuseQuestion, shown, type DatasetFormat, type ReadContext } from './format.ts';

/** The classes, from 1. */
const classes = [
  'pedestrian',
  'person on vehicle',
  'car',
  'bicycle',
  'motorbike',
  'non motorized vehicle',
  'static person',
  'distractor',
  'occluder',
  'occluder on the ground',
  'occluder full',
  'reflection',
] as const;

interface Row {
  readonly frame: number;
  readonly id: number;
  readonly moment: TrackMoment;
  readonly name: string;
}

function numbersOf(line: string, number: number, context: ReadContext): number[] {
  const cells = line.split(',');
  const where = `line ${number}`;
  if (cells.length < 7 || cells.length > 10)
    refuseFile(
      context,
      where,
      `${cells.length} values instead of frame, id, left, top, width, height, flag, class, visibility`,
    );
  return cells.map((cell) => {
    const value = Number(cell);
    if (cell.trim() === '' || !Number.isFinite(value))
      refuseFile(context, where, `${shown(cell)} is no number`);
    return value;
  });
}

/** One line; null for an object that is not to be scored. */
function rowOf(line: string, number: number, context: ReadContext): Row | null {
  const { sequence } = context;
  const where = `line ${number}`;
  const [frame = 0, id = 0, x = 0, y = 0, width = 0, height = 0, flag = 0, kind = 1] = numbersOf(
    line,
    number,
    context,
  );
  const frames = sequence?.frames.length ?? 0;
  if (!Number.isSafeInteger(frame) || frame < 1 || frame > frames)
    refuseFile(context, where, `frame ${frame}, but the sequence has frames 1 to ${frames}`);
  if (!Number.isSafeInteger(id)) refuseFile(context, where, `the id ${id} is no whole number`);
  if (width <= 0 || height <= 0) refuseFile(context, where, `a box of ${width} x ${height} pixels`);
  // A result file has -1 where ground truth has the class.
  const name = kind === -1 ? classes[0] : classes[kind - 1];
  if (name === undefined)
    return refuseFile(context, where, `class ${kind}, but they go from 1 to ${classes.length}`);
  if (flag === 0) return null;
  const timeSec = (frame - 1) / (sequence?.fps ?? 1);
  const box = { x, y, width, height };
  return { frame, id, name, moment: { timeSec, x: x + width / 2, y: y + height / 2, box } };
}

function tracksOf(rows: readonly Row[]): ReferenceTrack[] {
  const tracks = new Map<number, TrackMoment[]>();
  for (const { id, moment } of rows.toSorted((a, b) => a.frame - b.frame))
    tracks.set(id, [...(tracks.get(id) ?? []), moment]);
  return [...tracks].map(([id, moments]) => ({ id, moments })).toSorted((a, b) => a.id - b.id);
}

function read(text: string, context: ReadContext): Question[] {
  const { sequence } = context;
  if (!sequence)
    return refuseFile(
      context,
      'line 1',
      'the frames, rate and size of the sequence are not known: seqinfo.ini must lie beside gt/',
    );
  const seen = new Set<string>();
  const rows = text.split(/\r?\n/).flatMap((line, i) => {
    if (line.trim() === '') return [];
    const row = rowOf(line, i + 1, context);
    if (!row) return [];
    const key = `${row.frame}:${row.id}`;
    if (seen.has(key))
      refuseFile(context, `line ${i + 1}`, `object ${row.id} is in frame ${row.frame} twice`);
    seen.add(key);
    return [row];
  });
  if (rows.length === 0) refuseFile(context, 'line 1', 'no line has an object to be scored');
  const { frames, fps, width, height } = sequence;
  const timestamps = frames.map((_, i) => i / fps);
  const media = {
    kind: 'video' as const,
    video: { frames, timestamps },
    width,
    height,
    durationSec: frames.length / fps,
  };
  return classes
    .filter((name) => rows.some((row) => row.name === name))
    .map((name) => ({
      id: `${context.name}:${name}`,
      media,
      prompt: `Track every ${name}.`,
      style: 'video_point_track_per_frame',
      label: name,
      reference: {
        kind: 'tracks',
        tracks: tracksOf(rows.filter((row) => row.name === name)),
        timesSec: timestamps,
      },
    }));
}

function linesOf(question: Question): { frame: number; id: number; line: string }[] {
  const { media, reference, label } = question;
  if (
    reference.kind !== 'tracks' ||
    media.kind !== 'video' ||
    typeof media.video === 'string' ||
    media.video instanceof Blob
  )
    return refuseQuestion(question, 'MOT', 'it does not follow objects through numbered frames');
  const { timestamps } = media.video;
  const kind = classes.findIndex((name) => name === label) + 1;
  if (kind === 0) refuseQuestion(question, 'MOT', `its label ${shown(label)} is none of the classes`);
  return reference.tracks.flatMap(({ id, moments }) =>
    moments.map(({ timeSec, box }) => {
      const frame = timestamps.findIndex((time) => Math.abs(time - timeSec) < 1e-6) + 1;
      if (frame === 0) refuseQuestion(question, 'MOT', `no frame is at ${timeSec} s`);
      if (!box) return refuseQuestion(question, 'MOT', `object ${id} has no box at ${timeSec} s`);
      return { frame, id, line: [frame, id, box.x, box.y, box.width, box.height, 1, kind, 1].join(',') };
    }),
  );
}

/** The questions of one sequence as its gt.txt, by object and frame. Visibilities are not kept; all are written as 1. */
function write(questions: readonly Question[]): string {
  const lines = questions.flatMap(linesOf).toSorted((a, b) => a.id - b.id || a.frame - b.frame);
  return lines.map(({ line }) => `${line}\n`).join('');
}

export const mot: DatasetFormat = { name: 'MOT Challenge', read, write };
