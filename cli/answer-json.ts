// The object that `--json` prints, with exactly the fields that are promised and in a fixed order.

import type { Answer, Point, Track, Usage } from '../src/index.ts';

function pointJson({ x, y, id, label, image, timeSec }: Point): Point {
  const where = timeSec === undefined ? { image: image ?? 1 } : { timeSec };
  return { x, y, id, label, ...where };
}

function trackJson({ id, label, points }: Track): Track {
  return { id, label, points: points.map(({ timeSec, x, y }) => ({ timeSec, x, y })) };
}

interface AnswerJson extends Omit<Answer, 'usage'> {
  readonly usage: Omit<Usage, 'visionCrops'>;
}

/** One line of JSON, without the line's end. Numbers are as computed: nothing is rounded. */
export function answerJson(answer: Answer): string {
  const { text, tokenIds, finishReason, points, tracks, count, logprobs, usage, timings } = answer;
  const { promptTokens, visionTokens, newTokens } = usage;
  const { loadMs, mediaMs, visionMs, prefillMs, decodeMs, totalMs } = timings;
  const object: AnswerJson = {
    text,
    tokenIds,
    finishReason,
    points: points.map(pointJson),
    tracks: tracks.map(trackJson),
    count,
    ...(logprobs && { logprobs }),
    usage: { promptTokens, visionTokens, newTokens },
    timings: { loadMs, mediaMs, visionMs, prefillMs, decodeMs, totalMs },
  };
  return JSON.stringify(object);
}
