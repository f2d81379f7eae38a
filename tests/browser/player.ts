// The browser's own player, as a second opinion.

import { frameNumber } from '../numbered-frames.ts';

function event(target: HTMLVideoElement, name: 'loadeddata' | 'seeked'): Promise<void> {
  return new Promise((resolve, reject) => {
    target.addEventListener(name, () => resolve(), { once: true });
    target.addEventListener('error', () => reject(new Error(target.error?.message ?? 'cannot play')));
  });
}

export async function openPlayer(blob: Blob): Promise<HTMLVideoElement> {
  const player = document.createElement('video');
  player.muted = true;
  player.preload = 'auto';
  player.src = URL.createObjectURL(blob);
  await event(player, 'loadeddata');
  return player;
}

/** The number of the frame that is shown at each of these times. */
export async function playerNumbers(blob: Blob, timestamps: readonly number[]): Promise<number[]> {
  const player = await openPlayer(blob);
  const [width, height] = [player.videoWidth, player.videoHeight];
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('there is no canvas');
  const numbers: number[] = [];
  for (const time of timestamps) {
    const isShown = new Promise<void>((resolve) => player.requestVideoFrameCallback(() => resolve()));
    const seeked = event(player, 'seeked');
    // A little later than the frame begins, so that rounding does not matter.
    player.currentTime = time + 0.002;
    await seeked;
    await isShown;
    context.drawImage(player, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    numbers.push(frameNumber({ width, height, channels: 4, data }));
  }
  URL.revokeObjectURL(player.src);
  return numbers;
}
