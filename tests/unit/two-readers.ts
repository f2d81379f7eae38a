// One text through both readers of answers: the events of an answer, and extractPoints and extractTracks.

import type { MediaInfo } from '../../src/api.ts';
import { AnswerStream } from '../../src/grounding/answer-stream.ts';
import { extractPoints, extractTracks } from '../../src/grounding/extract.ts';

export const size = { width: 1000, height: 1000 };
export const media = {
  image: { kind: 'images', sizes: [size], timestamps: [], durationSec: null },
  video: { kind: 'video', sizes: [size], timestamps: [0, 0.5], durationSec: 9000 },
  multi: { kind: 'images', sizes: [size, size, size], timestamps: [], durationSec: null },
} satisfies Record<string, MediaInfo>;
export const shown = {
  image: { kind: 'image', ...size },
  video: { kind: 'video', ...size },
  multi: { kind: 'multi', sizes: [size, size, size] },
} as const;
export type Kind = keyof typeof media;

export function read(pieces: readonly string[], kind: Kind): AnswerStream {
  const stream = new AnswerStream(media[kind]);
  for (const piece of pieces) stream.push(piece);
  stream.end();
  return stream;
}

/** The points of both readers as [key, id, x, y], and the labels of the stream. */
export function both(text: string, kind: Kind) {
  const key = (value: number | null | undefined) => (kind === 'image' ? null : (value ?? null));
  const { points } = read([text], kind);
  return {
    stream: points.map((p) => [key(p.timeSec ?? p.image), p.id, p.x, p.y]),
    extract: extractPoints(text, shown[kind]).points.map((p) => [key(p.key), p.id, p.x, p.y]),
    labels: points.map((p) => p.label),
  };
}

/** The tracks of both readers as [time, id, x, y] in order of time and id; of an id named twice at a time the first. */
export function bothTracks(text: string) {
  const inOrder = (rows: (readonly [number, number | null, number, number])[]) =>
    rows.sort((a, b) => a[0] - b[0] || (a[1] ?? 0) - (b[1] ?? 0));
  return {
    stream: inOrder(
      read([text], 'video').tracks.flatMap(({ id, points }) =>
        points.map((p) => [p.timeSec, id, p.x, p.y] as const),
      ),
    ),
    extract: inOrder(
      extractTracks(text, { ...size, fps: 2 }).frames.flatMap(({ timeSec, points }) =>
        points.map((p) => [timeSec, p.id, p.x, p.y] as const),
      ),
    ),
  };
}
