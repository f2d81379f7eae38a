// The sub-path `molmo2-webgpu/live`: one question, asked again about the newest frame as fast as answers come.

import type { AskEvent, AskInput, AskOptions } from '../api.ts';
import type { Molmo2 } from '../molmo2.ts';
import type { FrameSource } from './frame-source.ts';
import { pause } from './pause.ts';
import { VideoFrames } from './video-frames.ts';

export type { FrameSource } from './frame-source.ts';

/** What answers: a loaded `Molmo2`, or whatever asks and tells as it does. */
export type LiveModel = Pick<Molmo2, 'ask'>;

/** What is asked about each frame. */
export interface LiveInput extends Pick<AskInput, 'style' | 'maxCrops'> {
  /** What is asked; a function is called for each frame, so that the question can change. */
  readonly prompt: string | (() => string);
  /** Least time from one question to the next in milliseconds; default 0, which is as fast as answers come. */
  readonly everyMs?: number;
}

/** A frame that is asked about. */
export interface LiveFrame {
  /** From 1. */
  readonly number: number;
  /** When it was taken, on the clock of `performance.now()`: what an answer says is as old as that. */
  readonly takenMs: number;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

/** What happens, in order: a frame is taken, and then comes everything that its answer tells. */
export type LiveEvent =
  { readonly type: 'frame'; readonly frame: LiveFrame } | (AskEvent & { readonly frame: LiveFrame });

function checkInput({ prompt, everyMs = 0 }: LiveInput): void {
  if (typeof prompt !== 'string' && typeof prompt !== 'function')
    throw new TypeError(`"prompt" must be a string or a function that gives one, got ${typeof prompt}.`);
  if (!(Number.isFinite(everyMs) && everyMs >= 0))
    throw new RangeError(`"everyMs" must be milliseconds, 0 or more, got ${String(everyMs)}.`);
}

function framesOf(source: HTMLVideoElement | FrameSource): FrameSource {
  if (typeof source === 'object' && source !== null) {
    if ('next' in source) return source;
    if (Object.prototype.toString.call(source) === '[object HTMLVideoElement]')
      return new VideoFrames(source);
  }
  throw new TypeError(
    `Frames come from a <video> or from an object with next(), got ${Object.prototype.toString.call(source)}.`,
  );
}

/**
 * Asks about the newest frame of a camera, a shared screen or a playing video, and again as soon as the answer is there. Frames
 * that come meanwhile are passed over: one question is under way and one frame is open at any time, however long it goes on.
 * Ends with the video; leave the loop or abort the signal to end it before. A page that is hidden presents no frames, so that
 * nothing is asked until it is seen again. Throws `Molmo2Error` as `ask` does, TypeError or RangeError naming what cannot be, or
 * the signal's own reason.
 *
 * ```ts
 * for await (const event of live(molmo, video, { prompt: 'Point to the dog.' }))
 *   if (event.type === 'done') overlay.answer = event.answer;
 * ```
 */
export async function* live(
  molmo: LiveModel,
  source: HTMLVideoElement | FrameSource,
  input: LiveInput,
  options: AskOptions = {},
): AsyncGenerator<LiveEvent, void, undefined> {
  checkInput(input);
  const { prompt, everyMs = 0, ...about } = input;
  const { signal } = options;
  const frames = framesOf(source);
  let askedMs = -Infinity;
  try {
    for (let number = 1; ; number++) {
      await pause(askedMs + everyMs - performance.now(), signal);
      const image = await frames.next(signal);
      if (!image) return;
      try {
        askedMs = performance.now();
        const frame = { number, takenMs: askedMs, width: image.width, height: image.height };
        yield { type: 'frame', frame };
        const words = typeof prompt === 'string' ? prompt : prompt();
        for await (const event of molmo.ask({ ...about, image, prompt: words }, options))
          yield { ...event, frame };
      } finally {
        image.close();
      }
    }
  } finally {
    frames.close?.();
  }
}
