// A video given as pictures with their times, instead of a file to decode.

import { decodeImage } from '#media/picture/decode-image';
import { invariant, Molmo2Error } from '../../errors.ts';
import { checkFrameList } from '../check-frame-list.ts';
import type { PortableImage, WholeVideo } from '../media-types.ts';
import type { Picture } from '../picture.ts';

/** One frame of a list. */
interface ListedFrame {
  /** Still to be decoded. */
  readonly image: PortableImage;
  readonly timeSec: number;
  readonly name: string;
}

/** A list of frames; `maxFrames` and `maxFps` do not apply to it. */
export async function openFrameList(
  list: { readonly frames: readonly PortableImage[]; readonly timestamps: readonly number[] },
  label: string,
  signal?: AbortSignal,
): Promise<WholeVideo> {
  checkFrameList(list);
  const all = list.timestamps.flatMap((timeSec, i): ListedFrame[] => {
    const image = list.frames[i];
    return image ? [{ image, timeSec, name: `${label}, frame ${i + 1}` }] : [];
  });
  const [head] = all;
  invariant(head, 'a list that was checked has a frame');
  const first = await decoded(head, signal);

  async function* pictures(
    chosen: readonly ListedFrame[],
    frameSignal?: AbortSignal,
  ): AsyncGenerator<Picture> {
    for (const frame of chosen) {
      frameSignal?.throwIfAborted();
      const picture = frame === head ? first : await decoded(frame, frameSignal);
      if (picture.width !== first.width || picture.height !== first.height)
        throw new RangeError(
          `All frames of a video must have one size: ${frame.name} is ${picture.width} x ${picture.height}, ` +
            `the first is ${first.width} x ${first.height}.`,
        );
      yield picture;
    }
  }
  return {
    width: first.width,
    height: first.height,
    durationSec: list.timestamps.at(-1) ?? 0,
    isSampled: false,
    sample({ startSec = 0, endSec = Infinity }) {
      const chosen = all.filter(({ timeSec }) => timeSec >= startSec && timeSec <= endSec);
      if (chosen.length === 0)
        throw new Molmo2Error(
          'bad-request',
          `No frame of ${label} lies between ${startSec} s and ${endSec} s. Choose another startSec or endSec.`,
        );
      const timestamps = chosen.map(({ timeSec }) => timeSec - startSec);
      return { timestamps, startSec, frames: (frameSignal) => pictures(chosen, frameSignal) };
    },
    close() {},
  };
}

function decoded({ image, name }: ListedFrame, signal?: AbortSignal): Promise<Picture> {
  return decodeImage(image, name, signal);
}
