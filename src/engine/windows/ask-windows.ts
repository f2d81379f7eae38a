// The engine's side of a long video: opened once, one window after the other in turn, nothing left behind.

import { openWholeVideo } from '#media/video/open-video';
import type { AskEvent, WindowEvent } from '../../api.ts';
import type { PortableVideo, WholeVideo } from '../../media/media-types.ts';
import { walkOf, type Reading, type Walk } from './time-windows.ts';
import { walkWindows } from './walk-windows.ts';

/** A question about a video, or a part of it. */
interface VideoQuestion {
  readonly startSec: number | undefined;
  readonly endSec: number | undefined;
}

/** Who answers. */
export interface WindowsHost<Question extends VideoQuestion> {
  /** What the model reads of a video at once. */
  readonly reading: Reading;
  /** Does work when every earlier question is done. */
  readonly inTurn: (work: () => Promise<void>) => Promise<void>;
  /** Asks about a part of the open video. Throws as `ask` does. */
  readonly ask: (part: Question, emit: (event: AskEvent) => void, video: WholeVideo) => Promise<void>;
  /** Names of the frames that were shown last. */
  readonly shown: () => readonly string[];
  /** Lets what is kept of frames go. */
  readonly forget: (keys: readonly string[]) => void;
  /** Gives back what the questions needed. */
  readonly close: () => void;
}

/**
 * Walks the video of a question. Throws RangeError for windows that cannot be, media errors, what asking throws, or the
 * signal's own reason.
 */
export async function askWindows<Question extends VideoQuestion>(
  host: WindowsHost<Question>,
  question: Question,
  source: PortableVideo,
  asked: Partial<Walk>,
  emit: (event: WindowEvent) => void,
  signal?: AbortSignal,
): Promise<void> {
  const { reading, inTurn, ask } = host;
  const walk = walkOf(asked, reading);
  // Frames of the overlap are asked about once more, all others never again.
  let kept: readonly string[] = [];
  const keepOnly = (keys: readonly string[]) => {
    const next = new Set(keys);
    host.forget(kept.filter((key) => !next.has(key)));
    kept = keys;
  };
  // What a window leaves behind goes within its turn: whatever is asked next finds nothing of it.
  const end = () => {
    keepOnly(host.shown());
    keepOnly([]);
    host.close();
  };
  const video = await openWholeVideo(source, 'The video', signal);
  try {
    checkPart(video, question);
    await walkWindows({
      video,
      walk,
      startSec: question.startSec ?? 0,
      endSec: question.endSec ?? Infinity,
      stepSec: 1 / reading.maxFps,
      emit,
      ask: ({ index, total, startSec, endSec }, told) =>
        inTurn(async () => {
          try {
            signal?.throwIfAborted();
            await ask({ ...question, startSec, endSec }, told, video);
          } catch (error) {
            end();
            throw error;
          }
          keepOnly(host.shown());
          if (index === total - 1) end();
        }),
    });
  } finally {
    host.close();
    video.close();
  }
}

/** Refuses a part that cannot be, before the first window is. Throws as `WholeVideo.sample` does. */
function checkPart(video: WholeVideo, { startSec, endSec }: VideoQuestion): void {
  const part = { ...(startSec !== undefined && { startSec }), ...(endSec !== undefined && { endSec }) };
  video.sample({ maxFrames: 2, maxFps: 1, mode: 'uniform_last_frame', samplingFps: 1, ...part });
}
