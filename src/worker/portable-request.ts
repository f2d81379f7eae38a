// What a user asks -> plain data that can cross to a worker.

import type { AskInput, AskOptions, Expectation, ImageInput } from '../api.ts';
import { portableImage, portableVideo } from '../media/portable-media.ts';
import { subtitleCues } from '../text/subtitles.ts';
import type { AskRequest } from '../engine/request.ts';
import type { PortableRequest } from './backend.ts';

function checkNumber(
  name: string,
  value: number | undefined,
  ok: (value: number) => boolean,
  wanted: string,
): void {
  if (value !== undefined && !ok(value))
    throw new RangeError(`"${name}" must be ${wanted}, got ${String(value)}.`);
}

function checkNumbers(input: AskInput): void {
  const count = (value: number) => Number.isSafeInteger(value) && value >= 1;
  const seconds = (value: number) => Number.isFinite(value) && value >= 0;
  checkNumber('maxFrames', input.maxFrames, (n) => count(n) && n >= 2, 'an integer of 2 or more');
  checkNumber('maxFps', input.maxFps, (n) => Number.isFinite(n) && n > 0, 'above 0');
  checkNumber('maxCrops', input.maxCrops, (n) => count(n) && n <= 24, 'an integer from 1 to 24');
  checkNumber('startSec', input.startSec, seconds, 'seconds, 0 or more');
  checkNumber('endSec', input.endSec, seconds, 'seconds, 0 or more');
}

/** `image` and `images` in one list. Throws TypeError for what is no list: a forgotten element is null. */
function imagesOf({ image, images }: AskInput): readonly ImageInput[] {
  const isList = typeof images === 'object' && images !== null && Symbol.iterator in images;
  if (images !== undefined && !isList)
    throw new TypeError(`"images" must be a list of pictures, got ${typeof images}; one picture is "image".`);
  return [...(image === undefined ? [] : [image]), ...(images ?? [])];
}

/** Pictures and video of a question in one list, to see whether a later question shows the same. */
export function mediaOf(input: AskInput): readonly unknown[] {
  if (typeof input !== 'object' || input === null)
    throw new TypeError(`A question must be an object such as { image, prompt }, got ${String(input)}.`);
  const images = imagesOf(input);
  if (images.length === 0 && input.video === undefined) return [];
  const { video, startSec, endSec, maxFrames, maxFps, maxCrops, subtitles } = input;
  const isList = typeof video === 'object' && video !== null && 'frames' in video && 'timestamps' in video;
  // A list may be made anew of the same frames; what is no list of frames is refused later.
  const shown = isList ? [video.frames, video.timestamps].flat() : [video];
  return [...images, ...shown, startSec, endSec, maxFrames, maxFps, maxCrops, subtitles];
}

/** `messages` are the whole conversation: what else would be part of it has no place beside them. */
function checkMessages(input: AskInput): void {
  if (input.messages === undefined) return;
  if (!Array.isArray(input.messages))
    throw new TypeError(`"messages" must be a list of { role, content }, got ${typeof input.messages}.`);
  for (const name of ['prompt', 'style', 'point', 'subtitles'] as const)
    if (input[name] !== undefined)
      throw new TypeError(
        `"messages" and "${name}" exclude each other. Write the ${name} into the messages.`,
      );
}

/** Throws TypeError or RangeError naming the option that cannot be. */
export async function portableRequest(
  input: AskInput,
  options: AskOptions,
  followUp: boolean,
): Promise<PortableRequest> {
  if (input.prompt !== undefined && typeof input.prompt !== 'string')
    throw new TypeError(`"prompt" must be a string, got ${typeof input.prompt}.`);
  checkMessages(input);
  checkNumbers(input);
  const { images, video, transfer } = await portableMedia(followUp ? {} : input);
  return {
    request: {
      followUp,
      prompt: input.prompt ?? '',
      messages: input.messages ?? null,
      style: input.style,
      images,
      video,
      subtitles: followUp ? null : await subtitleCues(input.subtitles),
      point: input.point ?? null,
      startSec: input.startSec,
      endSec: input.endSec,
      maxFrames: input.maxFrames,
      maxFps: input.maxFps,
      maxCrops: input.maxCrops,
      options: {
        ...options,
        signal: undefined,
        ...(options.expect !== undefined && { expect: portableExpectation(options.expect) }),
      },
    },
    transfer,
  };
}

/** A schema may be an object of a library, with functions that cannot cross. Throws TypeError where it is no JSON. */
function portableExpectation(expect: Expectation): Expectation {
  if (typeof expect !== 'object' || expect === null || !('jsonSchema' in expect)) return expect;
  try {
    return {
      ...expect,
      jsonSchema: JSON.parse(JSON.stringify(expect.jsonSchema)) as typeof expect.jsonSchema,
    };
  } catch (cause) {
    throw new TypeError(`options.expect.jsonSchema must be plain JSON: ${String(cause)}.`, { cause });
  }
}

/** Pictures or a video as plain data, and the parts of them to transfer. Throws TypeError for what is neither. */
export async function portableMedia(
  input: Pick<AskInput, 'image' | 'images' | 'video'>,
): Promise<Pick<AskRequest, 'images' | 'video'> & { readonly transfer: Transferable[] }> {
  const parts = await Promise.all(imagesOf(input).map(portableImage));
  const video = input.video === undefined ? null : await portableVideo(input.video);
  return {
    images: parts.map(({ image }) => image),
    video: video?.video ?? null,
    transfer: [...parts.flatMap(({ transfer }) => transfer), ...(video?.transfer ?? [])],
  };
}
