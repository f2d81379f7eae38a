// What was asked and answered as our own file of questions (`molmo2-questions`), which `eval` and `dataset` read. Pure.

import type { Question, QuestionMedia, Reference, ReferenceTrack } from '../../eval/question.ts';
import type { Answer, MediaInfo, Track } from '../../src/index.ts';

/** A question with its answer. */
export interface AskedTurn {
  readonly prompt: string;
  readonly answer: Pick<Answer, 'text' | 'points' | 'tracks'>;
  /** As the model was shown it; null where it was shown nothing. */
  readonly media: MediaInfo | null;
  /** Of the pictures or the video. */
  readonly fileNames: readonly string[];
}

function exportedMedia({ media, fileNames }: AskedTurn): QuestionMedia {
  const [name = 'media'] = fileNames;
  const [size] = media?.sizes ?? [];
  if (!media || !size || media.kind === 'none') return { kind: 'none' };
  if (media.kind === 'video')
    return {
      kind: 'video',
      video: name,
      width: size.width,
      height: size.height,
      durationSec: media.durationSec ?? 0,
    };
  return {
    kind: 'images',
    images: media.sizes.map(({ width, height }, i) => ({ source: fileNames[i] ?? name, width, height })),
  };
}

/** Tracks with an id each; of several places at one time the first counts. */
function exportedTracks(tracks: readonly Track[]): ReferenceTrack[] {
  const taken = new Set<number>();
  return tracks.map(({ id: given, points }) => {
    let id = given ?? 1;
    while (taken.has(id)) id++;
    taken.add(id);
    const moments = points.filter(({ timeSec }, i) => i === 0 || timeSec > (points[i - 1]?.timeSec ?? 0));
    return { id, moments: moments.map(({ timeSec, x, y }) => ({ timeSec, x, y })) };
  });
}

/** Answers of so few words are short ones; longer ones describe. */
const mostShortWords = 5;

function exportedReference({ answer }: AskedTurn, { kind }: QuestionMedia): Reference {
  const { text, points, tracks } = answer;
  const isVideo = kind === 'video';
  if (isVideo && tracks.length > 0) return { kind: 'tracks', tracks: exportedTracks(tracks) };
  const isNone = text.trim() === 'There are none.';
  if (isVideo && (points.length > 0 || isNone))
    return { kind: 'video-points', points: points.map(({ x, y, timeSec = 0 }) => ({ x, y, timeSec })) };
  if (kind === 'images' && (points.length > 0 || isNone))
    return { kind: 'points', points: points.map(({ x, y, image = 1 }) => ({ x, y, image })) };
  const [, digits] = /^\s*(\d{1,9})\.?\s*$/.exec(text) ?? [];
  if (digits !== undefined) return { kind: 'count', count: Number(digits) };
  return text.trim().split(/\s+/).length <= mostShortWords
    ? { kind: 'short', answers: [text] }
    : { kind: 'caption', statements: [text] };
}

/** The style that asks for an answer of this form and adds nothing to the prompt; null where none is certain. */
function styleOf({ answer: { text } }: AskedTurn, media: QuestionMedia, { kind }: Reference): string | null {
  const isCounted = text.startsWith('Counting the <');
  switch (kind) {
    case 'tracks':
      return 'video_point_track_per_frame';
    case 'video-points':
      return isCounted ? 'video_point_count' : 'video_point';
    case 'points':
      if (media.kind === 'images' && media.images.length > 1)
        return isCounted ? 'multi_image_point_then_count' : 'multi_image_pointing';
      return isCounted ? 'point_count' : 'pointing';
    case 'count':
    case 'choice':
    case 'short':
    case 'caption':
      return null;
  }
}

function exportedQuestion(turn: AskedTurn, number: number): Question {
  const media = exportedMedia(turn);
  const reference = exportedReference(turn, media);
  const style = styleOf(turn, media, reference);
  const label = [...turn.answer.tracks, ...turn.answer.points].find((one) => one.label !== '')?.label;
  return {
    id: `${turn.fileNames[0] ?? 'text'}:${number}`,
    media,
    prompt: turn.prompt,
    ...(style !== null && { style }),
    ...(label !== undefined && { label }),
    // Such a question may mean nothing without those before it.
    ...(number > 1 && { category: 'follow-up' }),
    reference,
  };
}

/** The turns of one conversation as the text of a file; its media are named as the files that were chosen. */
export function questionsFile(turns: readonly AskedTurn[]): string {
  const questions = turns.map((turn, i) => exportedQuestion(turn, i + 1));
  return `${JSON.stringify({ format: 'molmo2-questions', version: 1, questions }, null, 1)}\n`;
}
