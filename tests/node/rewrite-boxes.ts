// Changes boxes of MP4 and MOV files that ffmpeg's command line cannot write: edit lists and display matrices, and an
// index that is moved to the front as it is.

import { readFileSync, writeFileSync } from 'node:fs';
import { temporary } from './make-videos.ts';

type Change = (data: Buffer) => Buffer;

function box(type: string, ...data: readonly Uint8Array[]): Buffer {
  const whole = Buffer.concat([Buffer.alloc(8), ...data]);
  whole.writeUInt32BE(whole.length, 0);
  whole.write(type, 4, 'latin1');
  return whole;
}

function* boxesOf(data: Buffer): Generator<{ readonly type: string; readonly data: Buffer }> {
  for (let at = 0; at < data.length;) {
    const size = data.readUInt32BE(at);
    yield { type: data.toString('latin1', at + 4, at + 8), data: data.subarray(at + 8, at + size) };
    at += size;
  }
}

/** The data of a container box with `change` done to its first child of this type. */
function changed(container: Buffer, type: string, change: Change): Buffer {
  let isDone = false;
  const children = [...boxesOf(container)].map((child) => {
    if (isDone || child.type !== type) return box(child.type, child.data);
    isDone = true;
    return box(type, change(child.data));
  });
  if (!isDone) throw new Error(`there is no box ${type}`);
  return Buffer.concat(children);
}

function childOf(container: Buffer, ...types: readonly string[]): Buffer {
  return types.reduce((data, type) => {
    const found = [...boxesOf(data)].find((child) => child.type === type);
    if (!found) throw new Error(`there is no box ${type}`);
    return found.data;
  }, container);
}

/** A copy of the file, whose movie box must lie behind the media, with its first track changed. */
function withTrack(path: string, name: string, change: (track: Buffer, movie: Buffer) => Buffer): string {
  const out = temporary(name);
  const movieChange = (movie: Buffer) => changed(movie, 'trak', (track) => change(track, movie));
  writeFileSync(out, changed(readFileSync(path), 'moov', movieChange));
  return out;
}

/** The track with every offset of a chunk raised, for media that move back in the file. */
function shifted(track: Buffer, by: number): Buffer {
  const inside = (data: Buffer, [type = '', ...rest]: readonly string[]): Buffer =>
    changed(data, type, (child) => {
      if (rest.length > 0) return inside(child, rest);
      const offsets = Buffer.from(child);
      for (let at = 8; at < offsets.length; at += 4) offsets.writeUInt32BE(offsets.readUInt32BE(at) + by, at);
      return offsets;
    });
  return inside(track, ['mdia', 'minf', 'stbl', 'stco']);
}

/** A copy of a file whose movie box lies behind the media, with this box in front of them. */
export function withIndexFirst(path: string, name: string): string {
  const out = temporary(name);
  const boxes = [...boxesOf(readFileSync(path))];
  const movie = boxes.find(({ type }) => type === 'moov')?.data ?? Buffer.alloc(0);
  const by = movie.length + 8;
  const tracks = [...boxesOf(movie)].map(({ type, data }) =>
    box(type, type === 'trak' ? shifted(data, by) : data),
  );
  const others = boxes.filter(({ type }) => type !== 'moov').map(({ type, data }) => box(type, data));
  const [kind = Buffer.alloc(0), ...media] = others;
  writeFileSync(out, Buffer.concat([kind, box('moov', ...tracks), ...media]));
  return out;
}

/** A part of the stored frames that is shown: where it begins (null for a pause) and how long it lasts. */
export interface EditPart {
  readonly mediaSec: number | null;
  readonly durationSec: number;
}

/** A copy with this edit list in place of the track's own; media times count from the first frame shown before. */
export function withEdits(path: string, name: string, parts: readonly EditPart[]): string {
  return withTrack(path, name, (track, movie) => {
    const movieTicks = childOf(movie, 'mvhd').readUInt32BE(12);
    const mediaTicks = childOf(track, 'mdia', 'mdhd').readUInt32BE(12);
    // The muxer's own list begins where the first frame is shown, which B-frames delay.
    const baseTicks = childOf(track, 'edts', 'elst').readInt32BE(12);
    const list = Buffer.alloc(8 + 12 * parts.length);
    list.writeUInt32BE(parts.length, 4);
    parts.forEach(({ mediaSec, durationSec }, i) => {
      list.writeUInt32BE(Math.round(durationSec * movieTicks), 8 + 12 * i);
      list.writeInt32BE(mediaSec === null ? -1 : Math.round(mediaSec * mediaTicks) + baseTicks, 12 + 12 * i);
      list.writeUInt32BE(0x10000, 16 + 12 * i);
    });
    return changed(track, 'edts', () => box('elst', list));
  });
}

/** A copy whose display matrix maps a step to the right to (a, b) and a step down to (c, d). */
export function withMatrix(
  path: string,
  name: string,
  [a, b, c, d]: readonly [number, number, number, number],
): string {
  return withTrack(path, name, (track) =>
    changed(track, 'tkhd', (header) => {
      const copy = Buffer.from(header);
      // Version 0: the matrix lies before the last eight bytes, width and height.
      [a, b, 0, c, d].forEach((value, i) => copy.writeInt32BE(Math.round(value * 65536), 40 + 4 * i));
      return copy;
    }),
  );
}
