// One question as plain data that can cross to a worker.

import type { AskOptions, ChatMessage, SavedSampling } from '../api.ts';
import type { Cue } from '../text/subtitles.ts';
import type { VisualRequest } from './visual/visual-input.ts';

export interface AskRequest extends VisualRequest {
  /** True when the question follows what the conversation holds; otherwise what it shows says whether it does. */
  readonly followUp: boolean;
  readonly prompt: string;
  readonly messages: readonly ChatMessage[] | null;
  readonly style: string | undefined;
  readonly subtitles: readonly Cue[] | null;
  readonly point: { readonly timeSec: number; readonly x: number; readonly y: number } | null;
  readonly options: PortableOptions;
}

/** Options without the signal, which travels as a message of its own. */
export type PortableOptions = Omit<AskOptions, 'signal'> & { readonly signal?: undefined };

/** How the media were to be sampled and cut, as far as that was said. */
export function samplingOf({ startSec, endSec, maxFrames, maxFps, maxCrops }: AskRequest): SavedSampling {
  return {
    ...(startSec !== undefined && { startSec }),
    ...(endSec !== undefined && { endSec }),
    ...(maxFrames !== undefined && { maxFrames }),
    ...(maxFps !== undefined && { maxFps }),
    ...(maxCrops !== undefined && { maxCrops }),
  };
}

/** Subtitles as text that can be compared. */
export function subtitleKey({ subtitles }: AskRequest): string | null {
  return subtitles && JSON.stringify(subtitles);
}
