// Small pictures for a report, drawn by the page.

import type { Size } from '../../eval/metrics/point-match.ts';
import type { MediaSource } from '../../eval/question.ts';
import type { PictureMaker } from '../../eval/report/pictures.ts';
import { make } from '../dom.ts';

// A report holds dozens; what they show are places, not textures.
const quality = 0.82;

// A browser that never says that it is there would hold up the report.
const seekMs = 15_000;

function fileOf(source: MediaSource): Blob {
  if (source instanceof Blob) return source;
  throw new Error(`${source} is not among the chosen files.`);
}

function jpegUrl(source: CanvasImageSource, { width, height }: Size): string {
  const canvas = make('canvas', { width, height });
  const context = canvas.getContext('2d');
  if (!context) throw new Error('This browser draws no pictures.');
  context.imageSmoothingQuality = 'high';
  context.drawImage(source, 0, 0, width, height);
  return canvas.toDataURL('image/jpeg', quality);
}

/** Settles with the event, or fails with the video's own error. */
function happened(video: HTMLVideoElement, event: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = () =>
      reject(new Error(video.error?.message || 'The video cannot be shown by this browser.'));
    const timer = setTimeout(() => reject(new Error('The video did not show its frames in time.')), seekMs);
    video.addEventListener('error', fail, { once: true });
    video.addEventListener(
      event,
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}

async function videoFrames(file: Blob, timesSec: readonly number[], size: Size): Promise<string[]> {
  const url = URL.createObjectURL(file);
  const video = make('video', { muted: true, playsInline: true, preload: 'auto', src: url });
  try {
    await happened(video, 'loadeddata');
    const urls: string[] = [];
    for (const timeSec of timesSec) {
      const seeked = happened(video, 'seeked');
      // A little behind the start of its frame, which rounding might miss.
      video.currentTime = Math.min(timeSec + 0.001, Math.max(0, video.duration - 0.001));
      await seeked;
      urls.push(jpegUrl(video, size));
    }
    return urls;
  } finally {
    video.removeAttribute('src');
    video.load();
    URL.revokeObjectURL(url);
  }
}

export const pagePictures: PictureMaker = {
  async picture(source, size) {
    const bitmap = await createImageBitmap(fileOf(source));
    try {
      return jpegUrl(bitmap, size);
    } finally {
      bitmap.close();
    }
  },
  frames: (video, timesSec, size) => videoFrames(fileOf(video), timesSec, size),
};
