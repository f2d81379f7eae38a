// An animated picture as a video in Node: the frames of a GIF or a WebP by the package sharp, which knows no animated PNG.

import { readFile } from 'node:fs/promises';
import { Molmo2Error } from '../../errors.ts';
import { loadSharp } from '../picture/load-sharp.ts';
import type { Picture } from '../picture.ts';
import { mostPixelsDecoded, refuseHuge } from '../picture/picture-header.ts';
import type { ShownSpan } from '../sampling/frame-times.ts';
import { unreadableVideo } from '../unreadable-video.ts';
import { movingFrames } from './moving-frames.ts';
import { frameAt, frameStarts, refuseEndless } from './moving-times.ts';

export interface MovingFile {
  readonly width: number;
  readonly height: number;
  readonly span: ShownSpan;
  readonly notices: readonly string[];
  /** One picture for each moment, ascending. */
  pictures(momentsSec: readonly number[], signal?: AbortSignal): AsyncGenerator<Picture>;
}

async function pictureOf(bytes: Uint8Array, page: number): Promise<Picture> {
  const sharp = await loadSharp();
  const limits = { failOn: 'truncated', ignoreIcc: true, limitInputPixels: mostPixelsDecoded } as const;
  const { data, info } = await sharp(bytes, { ...limits, page, pages: 1 })
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: 3, data };
}

/** A picture that moves; null for one that stands still. Throws `media-unreadable` for a PNG, `media-too-large`. */
export async function openMovingFile(
  path: string,
  label: string,
  signal?: AbortSignal,
): Promise<MovingFile | null> {
  const bytes = await readFile(path, { signal });
  const moving = movingFrames(bytes);
  if (!moving) return null;
  refuseHuge(moving.width, moving.height, label);
  refuseEndless(moving, label);
  if (moving.type === 'png')
    throw unreadableVideo(
      label,
      'is an animated picture (PNG), which is not taken apart in Node',
      'Make a video of it: ffmpeg -i picture.png clip.mp4.',
    );
  const { starts, endSec } = frameStarts(moving.durationsSec);
  async function* pictures(momentsSec: readonly number[], own?: AbortSignal): AsyncGenerator<Picture> {
    let last: { readonly number: number; readonly picture: Picture } | undefined;
    for (const momentSec of momentsSec) {
      own?.throwIfAborted();
      const number = frameAt(starts, momentSec);
      try {
        if (last?.number !== number) last = { number, picture: await pictureOf(bytes, number) };
      } catch (cause) {
        if (cause instanceof Molmo2Error) throw cause;
        const reason = cause instanceof Error ? cause.message : String(cause);
        const found = `cannot be decoded at ${momentSec.toFixed(2)} s (${reason})`;
        throw unreadableVideo(label, found, 'The file is damaged or cut off.', cause);
      }
      yield last.picture;
    }
  }
  const { width, height } = moving;
  const span = { firstSec: 0, endSec, fps: starts.length / endSec };
  return { width, height, span, notices: [], pictures };
}
