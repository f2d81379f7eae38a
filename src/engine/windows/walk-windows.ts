// A video of any length, window by window: each is a question of its own, and its answer is joined to what was told before.
// Nothing of a window is kept but what it said.

import type {
  Answer,
  AskEvent,
  MediaInfo,
  Timings,
  TimeWindow,
  Usage,
  WindowAnswer,
  WindowEvent,
} from '../../api.ts';
import { Molmo2Error } from '../../errors.ts';
import type { WholeVideo } from '../../media/media-types.ts';
import { PointJoiner } from './join-points.ts';
import { TrackJoiner } from './join-tracks.ts';
import { timeWindows, type Walk } from './time-windows.ts';

export interface WalkInput {
  readonly video: WholeVideo;
  readonly walk: Walk;
  readonly startSec: number;
  readonly endSec: number;
  /** Time between sampled frames. */
  readonly stepSec: number;
  /** Asks about one window. Throws as `ask` does. */
  readonly ask: (window: TimeWindow, emit: (event: AskEvent) => void) => Promise<void>;
  readonly emit: (event: WindowEvent) => void;
}

/** The last event is `done`. Throws what asking about a window throws. */
export async function walkWindows(input: WalkInput): Promise<void> {
  const { video, walk, emit, stepSec } = input;
  const { width, height, durationSec, notices } = video;
  const media: MediaInfo = {
    kind: 'video',
    sizes: [{ width, height }],
    timestamps: [],
    durationSec,
    ...(notices && { notices }),
  };
  emit({ type: 'media', media, continues: false });
  const tracks = new TrackJoiner({ width, height });
  const points = new PointJoiner({ width, height }, stepSec);
  const windows: WindowAnswer[] = [];
  const count = () => countOf(windows, tracks.tracks.length + points.points.length);
  let [usage, timings] = [noUsage, noTimings];
  for (const window of timeWindows(input.startSec, Math.min(input.endSec, durationSec), walk)) {
    const answer = await askWindow(input, window);
    if (!answer) continue;
    const { text, finishReason } = answer;
    windows.push({ ...window, text, finishReason, count: answer.count });
    const before = count();
    for (const point of points.add(answer.points, window)) emit({ type: 'point', point });
    for (const track of tracks.add(answer.tracks, window)) emit({ type: 'track', track });
    const now = count();
    if (now !== null && now !== before) emit({ type: 'count', count: now });
    usage = added(usage, answer.usage);
    timings = { ...added(timings, answer.timings), loadMs: answer.timings.loadMs };
  }
  const all = { points: points.points, tracks: tracks.tracks, count: count() };
  emit({ type: 'done', answer: { ...all, windows, usage, timings } });
}

/** The answer about a window; null where a list of frames has none in it. */
async function askWindow({ video, ask, emit }: WalkInput, window: TimeWindow): Promise<Answer | null> {
  const answers: Answer[] = [];
  emit({ type: 'window', window });
  try {
    await ask(window, (event) => {
      if (event.type === 'done') answers.push(event.answer);
      if (event.type === 'text') emit({ ...event, window: window.index });
      if (event.type === 'progress' || event.type === 'notice') emit({ ...event, window: window.index });
    });
  } catch (error) {
    const isEmpty = !video.isSampled && error instanceof Molmo2Error && error.code === 'bad-request';
    if (!isEmpty || !hasNoFrame(video, window)) throw error;
  }
  return answers[0] ?? null;
}

function hasNoFrame(video: WholeVideo, { startSec, endSec }: TimeWindow): boolean {
  try {
    video.sample({ maxFrames: 2, maxFps: 1, mode: 'uniform_last_frame', samplingFps: 1, startSec, endSec });
    return false;
  } catch {
    return true;
  }
}

/** What was joined; null where no window speaks of a number, or one states a number without pointing at anything. */
function countOf(windows: readonly WindowAnswer[], joined: number): number | null {
  if (windows.every(({ count }) => count === null)) return joined > 0 ? joined : null;
  const isPointed = ({ text }: WindowAnswer) => /<(points|tracks)\b/.test(text);
  const isUnjoined = windows.some((window) => (window.count ?? 0) > 0 && !isPointed(window));
  return isUnjoined ? null : joined;
}

const noUsage: Usage = { promptTokens: 0, visionTokens: 0, visionCrops: 0, newTokens: 0 };
const noTimings: Timings = { loadMs: 0, mediaMs: 0, visionMs: 0, prefillMs: 0, decodeMs: 0, totalMs: 0 };

function added<T extends { readonly [Name in keyof T]: number }>(a: T, b: T): T {
  const names = Object.keys(a) as (keyof T)[];
  return Object.fromEntries(names.map((name) => [name, a[name] + b[name]])) as T;
}
