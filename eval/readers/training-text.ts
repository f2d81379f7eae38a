// Molmo2's training text as JSONL: a row has media and a list of messages, each a question and the answer as the model is
// taught to write it.

import * as v from 'valibot';
import { pointsText, tracksText, type PointGroup } from '../molmo-text.ts';
import type { Question, QuestionMedia, Reference } from '../question.ts';
import { readAnswer, type AnswerMedia, type ReadAnswer } from './answer-text.ts';
import { pathOf, refuseFile, refuseQuestion, type DatasetFormat, type ReadContext } from './format.ts';
import { checked, jsonLines, path, seconds, side } from './json.ts';

const size = v.strictTuple([side, side]);
const row = v.object({
  image: v.exactOptional(path),
  images: v.exactOptional(v.pipe(v.array(path), v.minLength(1, 'must not be empty'))),
  video: v.exactOptional(path),
  frames: v.exactOptional(v.pipe(v.array(path), v.minLength(1, 'must not be empty'))),
  timestamps: v.exactOptional(
    v.pipe(
      v.array(seconds),
      v.check((list) => list.every((time, i) => i === 0 || time > (list[i - 1] ?? 0)), 'must be ascending'),
    ),
  ),
  /** Width and height of each picture, or of the video. */
  sizes: v.exactOptional(v.array(size)),
  duration: v.exactOptional(seconds),
  message_list: v.pipe(
    v.array(
      v.object({
        question: v.string(),
        answer: v.string(),
        style: v.exactOptional(path),
        label: v.exactOptional(path),
      }),
    ),
    v.minLength(1, 'must not be empty'),
  ),
});
type Row = v.InferOutput<typeof row>;

function sizeAt(of: Row, i: number, source: string, where: string, context: ReadContext) {
  const [width, height] = of.sizes?.[i] ?? [];
  if (width !== undefined && height !== undefined) return { width, height };
  const known = context.sizeOf?.(source);
  return (
    known ??
    refuseFile(
      context,
      where,
      `the size of ${JSON.stringify(source)} is not known; add it to "sizes" as [width, height]`,
    )
  );
}

function rowMedia(of: Row, where: string, context: ReadContext): QuestionMedia {
  const { image, images, video, frames, timestamps, duration } = of;
  const named = Object.entries({ image, images, video, frames }).flatMap(([key, value]) =>
    value === undefined ? [] : [key],
  );
  if (named.length > 1)
    refuseFile(context, where, `it has ${named.join(' and ')}; one of them is asked about`);
  const pictures = images ?? (image === undefined ? null : [image]);
  const needed = pictures?.length ?? (named.length === 0 ? 0 : 1);
  if (of.sizes && of.sizes.length !== needed)
    refuseFile(context, `${where}, key sizes`, `${of.sizes.length} sizes, ${needed} are needed`);
  if (pictures)
    return {
      kind: 'images',
      images: pictures.map((source, i) => ({ source, ...sizeAt(of, i, source, where, context) })),
    };
  if (frames) {
    if (timestamps?.length !== frames.length)
      refuseFile(
        context,
        `${where}, key timestamps`,
        `${timestamps?.length ?? 0} times for ${frames.length} frames`,
      );
    const [first = ''] = frames;
    const durationSec = duration ?? timestamps?.at(-1) ?? 0;
    return {
      kind: 'video',
      video: { frames, timestamps: timestamps ?? [] },
      ...sizeAt(of, 0, first, where, context),
      durationSec,
    };
  }
  if (video === undefined) return { kind: 'none' };
  if (duration === undefined)
    return refuseFile(context, where, 'the video has no duration; add "duration" in seconds');
  return { kind: 'video', video, ...sizeAt(of, 0, video, where, context), durationSec: duration };
}

/** The options that a prompt lists as `A. text`. */
function options(prompt: string): string[] {
  const lines = prompt.split('\n').flatMap((line) => /^([A-Z])\. (.*)$/.exec(line)?.slice(1, 3) ?? []);
  return lines.filter((_, i) => i % 2 === 1);
}

const optionName = (i: number) => String.fromCharCode(65 + i);

/** What a text answers that neither points nor counts. */
function wordsReference(prompt: string, answer: string, style: string): Reference {
  const choices = options(prompt);
  const right = choices.findIndex((choice, i) => answer === `${optionName(i)}. ${choice}`);
  if (right >= 0) return { kind: 'choice', choices, right };
  if (style.includes('multiple_choice'))
    throw new SyntaxError(`the answer is none of the ${choices.length} options of the question`);
  return style.includes('caption')
    ? { kind: 'caption', statements: [answer] }
    : { kind: 'short', answers: [answer] };
}

/** The style that asks for an answer of this form; questions without one are written back in the same form by it. */
function styleOf({ form }: ReadAnswer, media: QuestionMedia): string | undefined {
  if (form === undefined) return undefined;
  if (form === 'track') return 'video_point_track_per_frame';
  const isVideo = media.kind === 'video';
  if (form === 'point') return isVideo ? 'video_point' : 'pointing';
  if (form === 'count-point') return isVideo ? 'video_count_point' : 'count_then_point';
  return isVideo ? 'video_point_count' : 'point_count';
}

function messageQuestion(message: Row['message_list'][number], media: QuestionMedia, id: string): Question {
  const { question: prompt, answer, style: given } = message;
  const asked: AnswerMedia = media.kind === 'none' ? { kind: 'images', images: [] } : media;
  const found = readAnswer(answer, asked, given);
  const style = given ?? (found ? styleOf(found, media) : undefined);
  const label = message.label ?? found?.label;
  return {
    id,
    media,
    prompt,
    ...(style !== undefined && { style }),
    ...(label !== undefined && { label }),
    reference: found?.reference ?? wordsReference(prompt, answer, given ?? ''),
  };
}

function read(text: string, context: ReadContext): Question[] {
  return jsonLines(text, context).flatMap(({ line, value }) => {
    const where = `line ${line}`;
    const of = checked(row, value, context, `${where}, `);
    const media = rowMedia(of, where, context);
    return of.message_list.map((message, i) => {
      try {
        return messageQuestion(message, media, `${context.name}:${line}:${i + 1}`);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        return refuseFile(context, `${where}, key message_list.${i}.answer`, error.message);
      }
    });
  });
}

function pointed(question: Question, groups: readonly PointGroup[], isVideo: boolean): string {
  const { style = '', label = '' } = question;
  const count = groups.reduce((sum, { points }) => sum + points.length, 0);
  const text = pointsText(groups, label, isVideo);
  if (count === 0) return text;
  if (style.includes('count_point') || style.includes('count_then_point'))
    return `There are ${count} ${text}.`;
  return style.includes('count') ? `Counting the ${text} shows a total of ${count}.` : text;
}

/** The answer as the model is taught to write it. */
export function trainingAnswer(question: Question): string {
  const { reference, media, label = '' } = question;
  switch (reference.kind) {
    case 'points': {
      if (media.kind !== 'images')
        return refuseQuestion(question, 'training text', 'it points in pictures, but shows none');
      const groups = media.images.map(({ width, height }, i) => ({
        key: i + 1,
        width,
        height,
        points: reference.points.filter(({ image }) => image === i + 1),
      }));
      return pointed(question, groups, false);
    }
    case 'video-points': {
      if (media.kind !== 'video')
        return refuseQuestion(question, 'training text', 'it points in a video, but shows none');
      const { width, height } = media;
      const times = [...new Set(reference.points.map(({ timeSec }) => timeSec))];
      const groups = times.map((key) => ({
        key,
        width,
        height,
        points: reference.points.filter(({ timeSec }) => timeSec === key),
      }));
      return pointed(question, groups, true);
    }
    case 'tracks': {
      if (media.kind !== 'video')
        return refuseQuestion(question, 'training text', 'it follows objects, but shows no video');
      const tracks = reference.tracks.map(({ id, moments }) => ({ id, points: moments }));
      return tracksText(tracks, label, media);
    }
    case 'count':
      return reference.count === 0 ? 'There are none.' : String(reference.count);
    case 'choice':
      return `${optionName(reference.right)}. ${reference.choices[reference.right] ?? ''}`;
    case 'short':
      return reference.answers[0] ?? '';
    case 'caption':
      return reference.statements.join(' ');
  }
}

function mediaKeys(question: Question): Record<string, unknown> {
  const { media } = question;
  const name = (source: string | Blob) => pathOf(source, question, 'training text');
  if (media.kind === 'none') return {};
  if (media.kind === 'images') {
    const sizes = media.images.map(({ width, height }) => [width, height]);
    const [first, ...others] = media.images.map(({ source }) => name(source));
    return others.length === 0 ? { image: first, sizes } : { images: [first, ...others], sizes };
  }
  const { video, width, height, durationSec: duration } = media;
  const sizes = [[width, height]];
  if (typeof video === 'string' || video instanceof Blob) return { video: name(video), sizes, duration };
  return { frames: video.frames.map(name), timestamps: video.timestamps, sizes, duration };
}

/**
 * One row per medium, questions about the same one in its list. What training text cannot say is left out: masks, boxes, and all
 * but the first accepted short answer.
 */
function write(questions: readonly Question[]): string {
  const rows = new Map<string, Record<string, unknown>[]>();
  for (const question of questions) {
    const media = JSON.stringify(mediaKeys(question));
    const list = rows.get(media) ?? [];
    rows.set(media, list);
    const { prompt, style, label } = question;
    list.push({
      question: prompt,
      answer: trainingAnswer(question),
      ...(style !== undefined && { style }),
      ...(label !== undefined && { label }),
    });
  }
  return [...rows]
    .map(([media, list]) => `${JSON.stringify({ ...(JSON.parse(media) as object), message_list: list })}\n`)
    .join('');
}

export const trainingText: DatasetFormat = { name: 'Molmo2 training text', read, write };
