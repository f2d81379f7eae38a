// A video given as pictures with their times, instead of a file to decode.

import { decodeImage } from '#media/picture/decode-image';
import { Molmo2Error } from '../../errors.ts';
import { checkFrameList } from '../check-frame-list.ts';
import type { PortableImage, VideoSampling, VideoSource } from '../media-types.ts';
import type { Picture } from '../picture.ts';

/** The frames between `startSec` and `endSec`, all of them by default; `maxFrames` and `maxFps` do not apply. */
export async function openFrameList(
  list: { readonly frames: readonly PortableImage[]; readonly timestamps: readonly number[] },
  sampling: Pick<VideoSampling, 'startSec' | 'endSec'>,
  label: string,
  signal?: AbortSignal,
): Promise<VideoSource> {
  checkFrameList(list);
  const { startSec = 0, endSec = Infinity } = sampling;
  const chosen = list.timestamps.flatMap((timeSec, i) => {
    const image = list.frames[i];
    return image && timeSec >= startSec && timeSec <= endSec
      ? [{ image, timeSec, name: `${label}, frame ${i + 1}` }]
      : [];
  });
  const [head, ...tail] = chosen;
  if (!head)
    throw new Molmo2Error(
      'bad-request',
      `No frame of ${label} lies between ${startSec} s and ${endSec} s. Choose another startSec or endSec.`,
    );
  const first = await decodeImage(head.image, head.name, signal);

  async function* frames(frameSignal?: AbortSignal): AsyncGenerator<Picture> {
    frameSignal?.throwIfAborted();
    yield first;
    for (const { image, name } of tail) {
      const picture = await decodeImage(image, name, frameSignal);
      if (picture.width !== first.width || picture.height !== first.height)
        throw new RangeError(
          `All frames of a video must have one size: ${name} is ${picture.width} x ${picture.height}, ` +
            `the first is ${first.width} x ${first.height}.`,
        );
      yield picture;
    }
  }
  return {
    width: first.width,
    height: first.height,
    durationSec: list.timestamps.at(-1) ?? 0,
    timestamps: chosen.map(({ timeSec }) => timeSec - startSec),
    startSec,
    frames,
    close() {},
  };
}
