// The picture that `--overlay` writes: what the model was shown, with what it pointed at.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Answer, AskInput, FrameList, ImageInput, MediaInfo, VideoInput } from '../src/index.ts';
import {
  framesLayout,
  picturesLayout,
  singleLayout,
  type SheetLayout,
  type Size,
  type Tile,
} from './sheet-layout.ts';
import { sheetMarks } from './sheet-marks.ts';
import { videoFrames } from './video-frames.ts';

const background = '#14171c';

export interface ShownAnswer {
  readonly input: AskInput;
  readonly media: MediaInfo;
  readonly answer: Answer;
}

/** RGB pixels of a tile. */
interface TilePixels extends Size {
  readonly data: Uint8Array;
}

/** Draws the overlay; returns the bytes of a PNG. */
export async function overlaySheet(shown: ShownAnswer, signal: AbortSignal): Promise<Uint8Array> {
  const { media, answer } = shown;
  const layout = layoutOf(media);
  const pictures = await tilePictures(shown, layout, signal);
  const { default: sharp } = await import('sharp');
  const { width, height } = layout;
  const raw = ({ width: w, height: h }: Size) => ({ raw: { width: w, height: h, channels: 3 as const } });
  const tiles = layout.tiles.flatMap(({ x, y }, i) => {
    const picture = pictures[i];
    return picture ? [{ input: Buffer.from(picture.data), ...raw(picture), left: x, top: y }] : [];
  });
  return sharp({ create: { width, height, channels: 3, background } })
    .composite([...tiles, { input: Buffer.from(sheetMarks(layout, media, answer)), left: 0, top: 0 }])
    .removeAlpha() // everything is opaque
    .png()
    .toBuffer();
}

function layoutOf({ kind, sizes, timestamps }: MediaInfo): SheetLayout {
  const [size] = sizes;
  if (!size) throw new Error('the question had no picture to draw on');
  if (kind === 'video') return framesLayout(size, timestamps);
  return sizes.length === 1 ? singleLayout(size) : picturesLayout(sizes);
}

async function tilePictures(
  { input, media }: ShownAnswer,
  { tiles }: SheetLayout,
  signal: AbortSignal,
): Promise<readonly TilePixels[]> {
  const { video } = input;
  const [first] = tiles;
  if (video !== undefined && !isFrameList(video) && first) {
    const frames = await videoFrames(video, media.timestamps, first, signal);
    return frames.map((data) => ({ width: first.width, height: first.height, data }));
  }
  const sources = shownFiles(input);
  const pictures: TilePixels[] = [];
  for (const [i, tile] of tiles.entries()) {
    signal.throwIfAborted();
    const source = sources[i];
    if (typeof source === 'string') pictures.push(await tilePicture(source, tile));
  }
  return pictures;
}

function isFrameList(video: VideoInput): video is FrameList {
  return typeof video === 'object' && 'frames' in video;
}

/** The files behind the tiles: the images, or the frames of the part of the video that was looked at. */
function shownFiles({ images, video, startSec = 0, endSec = Infinity }: AskInput): readonly ImageInput[] {
  if (video === undefined || !isFrameList(video)) return images ?? [];
  return video.frames.filter((_, i) => {
    const timeSec = video.timestamps[i] ?? 0;
    return timeSec >= startSec && timeSec <= endSec;
  });
}

/** A picture as the model saw it (upright, opacity ignored), in the size of its tile. */
async function tilePicture(source: string, tile: Tile): Promise<TilePixels> {
  const { default: sharp } = await import('sharp');
  const { data, info } = await sharp(await encodedBytes(source), { ignoreIcc: true, limitInputPixels: false })
    .autoOrient()
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  // A second run, because resizing in the first would blend by opacity.
  const raw = { width: info.width, height: info.height, channels: 3 as const };
  const { width, height } = tile;
  const resized = sharp(data, { raw }).resize(width, height, { fit: 'fill' });
  return { width, height, data: await resized.raw().toBuffer() };
}

async function encodedBytes(source: string): Promise<Uint8Array> {
  if (/^file:/i.test(source)) return readFile(fileURLToPath(source));
  if (!/^(https?|data):/i.test(source)) return readFile(source);
  const response = await fetch(source);
  return new Uint8Array(await response.arrayBuffer());
}
