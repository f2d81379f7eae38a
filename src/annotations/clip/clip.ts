// The video once more, with the dots drawn into each frame: what the overlay shows, as a file that plays anywhere. Frames keep
// their times to the microsecond, and sound is copied.

import { ALL_FORMATS, BlobSource, BufferTarget, CanvasSource, Input, Output } from 'mediabunny';
import { Molmo2Error } from '../../errors.ts';
import type { FramedVideo } from '../../media/sampling/framed-video.ts';
import { openFramed } from '../../media/video/open-framed.ts';
import type { AnnotationDocument } from '../document/document.ts';
import { type DrawingStyle, momentPainter } from '../drawing/moment.ts';
import { refuseToWrite } from '../formats/fault.ts';
import { clipEncoding, type Encoding, quality } from './encoding.ts';
import { type ClipPart, clipPart, timesInPart } from './part.ts';
import { type SoundCopy, soundCopy } from './sound.ts';

/** How to write a clip. All optional; `startSec` and `endSec` choose a part of the video, by default all of it. */
export interface ClipOptions extends DrawingStyle, Partial<ClipPart> {
  readonly signal?: AbortSignal;
  /** Told of the frames that are gone through. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  /** Default: MP4 with H.264 where the browser encodes it in this size, else WebM. */
  readonly container?: 'mp4' | 'webm';
}

/** Draws a frame upright: first a clockwise rotation, then a mirroring left to right. */
function drawUpright(ctx: OffscreenCanvasRenderingContext2D, frame: VideoFrame, video: FramedVideo): void {
  const { width, height, orientation } = video;
  const { rotation, flip } = orientation;
  const isTurned = rotation === 90 || rotation === 270;
  const [across, down] = isTurned ? [height, width] : [width, height];
  ctx.save();
  ctx.translate(width / 2, height / 2);
  if (flip) ctx.scale(-1, 1);
  ctx.rotate((rotation * Math.PI) / 180);
  ctx.drawImage(frame, -across / 2, -down / 2, across, down);
  ctx.restore();
}

interface Writing {
  readonly video: FramedVideo;
  readonly canvas: OffscreenCanvas;
  readonly pictures: CanvasSource;
  readonly sound: SoundCopy;
  readonly part: ClipPart;
}

async function writeFrames(
  { video, canvas, pictures, sound, part }: Writing,
  document: AnnotationDocument,
  options: ClipOptions,
): Promise<void> {
  const { signal, onProgress } = options;
  const { width, height, frameCount: total } = video;
  const ctx = canvas.getContext('2d', { alpha: false });
  if (!ctx) throw new DOMException('The browser gave no 2D canvas.', 'InvalidStateError');
  const paint = momentPainter(document, options);
  let done = 0;
  for await (const { frame, startSec, endSec } of video.everyFrame(signal)) {
    if (startSec >= part.endSec) break;
    const shown = timesInPart({ startSec, endSec }, part);
    if (shown) {
      drawUpright(ctx, frame, video);
      paint(ctx, { image: 1, timeSec: startSec }, { x: 0, y: 0, scale: 1, width, height });
      await pictures.add(shown.startSec, shown.endSec - shown.startSec);
      await sound.until(Math.min(endSec, part.endSec));
    }
    signal?.throwIfAborted();
    onProgress?.({ done: ++done, total });
  }
  if (done < total) onProgress?.({ done: total, total });
  await sound.close();
}

function checkMedia({ media }: AnnotationDocument, { width, height }: FramedVideo): void {
  const [file] = media.files;
  if (media.kind === 'images' || !file) refuseToWrite('a clip', 'these are pictures');
  else if (file.width !== width || file.height !== height)
    refuseToWrite(
      'this clip',
      `they are about a video of ${file.width} x ${file.height} pixels, the clip has ${width} x ${height}`,
    );
}

async function encode(
  video: FramedVideo,
  document: AnnotationDocument,
  file: Blob,
  { codec, format }: Encoding,
  options: ClipOptions,
): Promise<Blob> {
  const part = clipPart(options, video.durationSec);
  const canvas = new OffscreenCanvas(video.width, video.height);
  const pictures = new CanvasSource(canvas, { codec, quality });
  const target = new BufferTarget();
  const output = new Output({ format, target });
  const input = new Input({ formats: ALL_FORMATS, source: new BlobSource(file) });
  try {
    output.addVideoTrack(pictures);
    const sound = await soundCopy(input, output, part.startSec);
    await output.start();
    await writeFrames({ video, canvas, pictures, sound, part }, document, options);
    await output.finalize();
    options.signal?.throwIfAborted();
    if (!target.buffer) throw new Error('the encoder wrote nothing');
    return new Blob([target.buffer], { type: format.mimeType });
  } catch (cause) {
    await output.cancel();
    throw cause;
  } finally {
    input.dispose();
  }
}

/**
 * Writes the video of `file` with the document's dots. Throws `no-encoder` where the browser cannot encode it, `bad-annotations`
 * for annotations of other media, `bad-request` for a part behind the end, RangeError for what is no part, what opening and decoding the file throws, and the signal's reason.
 */
export async function clipWithDots(
  document: AnnotationDocument,
  file: Blob,
  options: ClipOptions = {},
): Promise<Blob> {
  const { signal } = options;
  clipPart(options); // before a file is opened
  const name = document.media.files[0]?.name ?? 'video';
  const video = await openFramed(file, `"${name}"`, signal);
  try {
    checkMedia(document, video);
    const encoding = await clipEncoding(video.width, video.height, options.container);
    return await encode(video, document, file, encoding, options);
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof Molmo2Error || cause instanceof DOMException) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Molmo2Error(
      'no-encoder',
      `The annotated clip of "${name}" (${video.width} x ${video.height}) could not be written: ${reason}. Try another container, or another browser.`,
      { cause },
    );
  } finally {
    video.close();
  }
}
