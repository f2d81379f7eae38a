// Small pictures of questions' media for a report, as the model saw them: upright, opacity ignored.

import { readFile } from 'node:fs/promises';
import type { Sharp } from 'sharp';
import type { Size } from '../../eval/metrics/point-match.ts';
import type { MediaSource } from '../../eval/question.ts';
import type { PictureMaker } from '../../eval/report/pictures.ts';
import { videoFrames } from '../video-frames.ts';
import { localPath } from './media-paths.ts';

// A page of a report holds dozens; what they show are places, not textures.
const quality = 82;

async function bytesOf(source: MediaSource): Promise<Uint8Array> {
  if (source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  const path = localPath(source);
  // What lies elsewhere was fetched for the answer; a report does not ask for it a second time.
  if (path === null) throw new Error(`${source} is not a file of this machine.`);
  return readFile(path);
}

async function jpegUrl(picture: Sharp): Promise<string> {
  const bytes = await picture.jpeg({ quality, mozjpeg: true }).toBuffer();
  return `data:image/jpeg;base64,${bytes.toString('base64')}`;
}

/** Makes pictures with sharp, and frames with what decodes videos for answers. */
export function smallPictures(signal: AbortSignal): PictureMaker {
  return {
    async picture(source, { width, height }) {
      signal.throwIfAborted();
      const { default: sharp } = await import('sharp');
      const upright = sharp(await bytesOf(source), { ignoreIcc: true }).autoOrient();
      const { data, info } = await upright.removeAlpha().raw().toBuffer({ resolveWithObject: true });
      // A second run, because resizing in the first would blend by opacity.
      const raw = { width: info.width, height: info.height, channels: info.channels };
      return jpegUrl(sharp(data, { raw }).resize(width, height, { fit: 'fill' }));
    },
    async frames(video, timesSec, size: Size) {
      const { default: sharp } = await import('sharp');
      const frames = await videoFrames(video, timesSec, size, signal);
      const raw = { width: size.width, height: size.height, channels: 3 as const };
      return Promise.all(frames.map((frame) => jpegUrl(sharp(frame, { raw }))));
    },
  };
}
