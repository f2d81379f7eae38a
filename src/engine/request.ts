// One question as plain data that can cross to a worker.

import type { AskOptions, ChatMessage } from '../api.ts';
import type { PortableImage, PortableVideo } from '../media/media-types.ts';
import type { Cue } from '../text/subtitles.ts';

export interface AskRequest {
  /** True when the question follows what the conversation's cache holds, false when everything is new. */
  readonly followUp: boolean;
  readonly prompt: string;
  readonly messages: readonly ChatMessage[] | null;
  readonly style: string | undefined;
  readonly images: readonly PortableImage[];
  readonly video: PortableVideo | null;
  readonly subtitles: readonly Cue[] | null;
  readonly point: { readonly timeSec: number; readonly x: number; readonly y: number } | null;
  readonly startSec: number | undefined;
  readonly endSec: number | undefined;
  readonly maxFrames: number | undefined;
  readonly maxFps: number | undefined;
  readonly maxCrops: number | undefined;
  readonly options: PortableOptions;
}

/** Options without the signal, which travels as a message of its own. */
export type PortableOptions = Omit<AskOptions, 'signal'> & { readonly signal?: undefined };
