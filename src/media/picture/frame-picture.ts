// A decoded frame -> pixels as a player shows them.

import { orient, type Orientation } from './orient.ts';
import type { Picture } from '../picture.ts';

export interface FrameSize {
  readonly width: number;
  readonly height: number;
}

/** The size of the pixels that are meant to be seen, before rotation. */
export function visibleSize(frame: VideoFrame): FrameSize {
  const { width, height } = frame.visibleRect ?? { width: frame.codedWidth, height: frame.codedHeight };
  return { width, height };
}

/** Stretched to the size. Also for browsers that cannot convert while copying. */
function drawnPicture(frame: VideoFrame, { width, height }: FrameSize): Picture | undefined {
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) return undefined;
  context.drawImage(frame, 0, 0, width, height);
  return { width, height, channels: 4, data: context.getImageData(0, 0, width, height).data };
}

async function copiedPicture(frame: VideoFrame, { width, height }: FrameSize): Promise<Picture> {
  const data = new Uint8Array(width * height * 4);
  try {
    await frame.copyTo(data, { format: 'RGBA', ...(frame.visibleRect && { rect: frame.visibleRect }) });
  } catch (cause) {
    const drawn = drawnPicture(frame, { width, height });
    if (!drawn) throw cause;
    return drawn;
  }
  return { width, height, channels: 4, data };
}

/** RGBA of the frame in this size before rotation; recordings change it in the middle, and are seen in their first. */
export async function framePicture(
  frame: VideoFrame,
  size: FrameSize,
  orientation: Orientation,
): Promise<Picture> {
  const own = visibleSize(frame);
  const isSame = own.width === size.width && own.height === size.height;
  const picture = (isSame ? undefined : drawnPicture(frame, size)) ?? (await copiedPicture(frame, own));
  return orient(picture, orientation);
}
