// Which codec and container an annotated clip is written in: the first that this browser has an encoder for.

import {
  canEncodeVideo,
  Mp4OutputFormat,
  type OutputFormat,
  QUALITY_HIGH,
  type VideoCodec,
  WebMOutputFormat,
} from 'mediabunny';
import { Molmo2Error } from '../../errors.ts';

export interface Encoding {
  readonly codec: VideoCodec;
  readonly format: OutputFormat;
  readonly ending: 'mp4' | 'webm';
}

/** H.264 first, which plays everywhere; it takes even sizes only, so that a clip of an odd one goes on to the others. */
const choices: readonly { readonly codec: VideoCodec; readonly ending: 'mp4' | 'webm' }[] = [
  { codec: 'avc', ending: 'mp4' },
  { codec: 'vp9', ending: 'webm' },
  { codec: 'vp8', ending: 'webm' },
  { codec: 'av1', ending: 'mp4' },
];

export const quality = QUALITY_HIGH;

/** Throws `no-encoder` where the browser has none for pictures of this size; `wanted` allows one container alone. */
export async function clipEncoding(
  width: number,
  height: number,
  wanted?: 'mp4' | 'webm',
): Promise<Encoding> {
  const refuse = (why: string): never => {
    throw new Molmo2Error(
      'no-encoder',
      `An annotated clip of ${width} x ${height} pixels cannot be written: ${why}. Use another browser, or save pictures with dots.`,
    );
  };
  if (typeof VideoEncoder === 'undefined') return refuse('this browser has no WebCodecs encoder');
  const isEven = width % 2 === 0 && height % 2 === 0;
  for (const { codec, ending } of choices) {
    if (wanted !== undefined && wanted !== ending) continue;
    if (codec === 'avc' && !isEven) continue;
    if (!(await canEncodeVideo(codec, { width, height, quality }))) continue;
    const format =
      ending === 'mp4' ? new Mp4OutputFormat({ fastStart: 'in-memory' }) : new WebMOutputFormat();
    return { codec, format, ending };
  }
  return refuse(
    `this browser encodes none of ${choices
      .filter(({ ending }) => wanted === undefined || ending === wanted)
      .map(({ codec }) => codec)
      .join(', ')} in this size`,
  );
}
