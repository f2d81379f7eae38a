// Molmo2's training text as JSONL: a row is an example as the datasets of the official training code (allenai/molmo2) return it,
// media and a list of messages, each a prompt and the answer as the model is taught to write it. README.md beside this file has
// what was found out about its keys, and where.

import * as v from 'valibot';
import { pointsText, tracksText, type PointGroup } from '../../src/grounding/molmo-text.ts';
import type { Question, QuestionMedia, Reference } from '../question.ts';
import { readAnswer, type AnswerMedia, type ReadAnswer } from './answer-text.ts';
import { pathOf, refuseFile, refuseQuestion, type DatasetFormat, type ReadContext } from './format.ts';
import { checked, jsonLines, path, seconds, side } from './json.ts';

const size = v.strictTuple([side, side]);
const message = v.pipe(
  v.object({
    /** Is asked as it is; from a `question` the trainer makes prompts by templates in some styles, and none at all in others. */
    prompt: v.exactOptional(v.string()),
    question: v.exactOptional(v.string()),
    /** The trainer takes the most frequent one. */
    answers: v.exactOptional(v.pipe(v.array(v.string()), v.minLength(1, 'must not be empty'))),
    answer: v.exactOptional(v.string()),
    /** What captions are called in. */
    text: v.exactOptional(v.string()),
    style: v.exactOptional(path),
    label: v.exactOptional(path),
  }),
  v.check(({ prompt, question }) => (prompt ?? question) !== undefined, 'must have a prompt or question'),
  v.check(
    ({ answers, answer, text }) => (answers ?? answer ?? text) !== undefined,
    'must have an answer, answers or text',
  ),
);
const row = v.object({
  /** One picture, or several as a list. */
  image: v.exactOptional(v.union([path, v.pipe(v.array(path), v.minLength(1, 'must not be empty'))])),
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
  message_list: v.pipe(v.array(message), v.minLength(1, 'must not be empty')),
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
  const pictures = images ?? (typeof image === 'string' ? [image] : (image ?? null));
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

function messageQuestion(of: v.InferOutput<typeof message>, media: QuestionMedia, id: string): Question {
  const { answers, style: given } = of;
  const prompt = of.prompt ?? of.question ?? '';
  const answer = of.answer ?? of.text ?? '';
  if (answers)
    return {
      id,
      media,
      prompt,
      ...(given !== undefined && { style: given }),
      ...(of.label !== undefined && { label: of.label }),
      reference: { kind: 'short', answers },
    };
  const asked: AnswerMedia = media.kind === 'none' ? { kind: 'images', images: [] } : media;
  const found = readAnswer(answer, asked, given);
  const style = given ?? (found ? styleOf(found, media) : undefined);
  const label = of.label ?? found?.label;
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
    return of.message_list.map((one, i) => {
      try {
        return messageQuestion(one, media, `${context.name}:${line}:${i + 1}`);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        return refuseFile(context, `${where}, key message_list.${i}.answer`, error.message);
      }
    });
  });
}

function pointed(
  { style = '', label = '' }: Question,
  groups: readonly PointGroup[],
  isVideo: boolean,
): string {
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
      // The trainer writes the labels of single pictures in small letters, and no others.
      const small = media.images.length === 1 ? { ...question, label: label.toLowerCase() } : question;
      return pointed(small, groups, false);
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

/** The style of a question that has none: the trainer needs one in every message. */
function usualStyle({ reference, media }: Question): string {
  const isVideo = media.kind === 'video';
  const areSeveral = media.kind === 'images' && media.images.length > 1;
  if (media.kind === 'none') return 'text_sft';
  switch (reference.kind) {
    case 'points':
      return areSeveral ? 'multi_image_pointing' : 'pointing';
    case 'video-points':
      return 'video_point';
    case 'tracks':
      return 'video_point_track_per_frame';
    case 'count':
      if (isVideo) return 'video_count';
      return areSeveral ? 'multi_image_counting' : 'only_count';
    case 'choice':
      if (isVideo) return 'video_multiple_choice';
      return areSeveral ? 'multi_image_mc' : 'a_okvqa_mc';
    case 'caption':
      return isVideo ? 'video_long_caption' : 'long_caption';
    case 'short':
      return 'user_qa';
  }
}

/** The prompt; one that does not name its options gets them as the official evaluations add them. */
function trainingPrompt({ prompt, reference }: Question): string {
  if (reference.kind !== 'choice') return prompt;
  const { choices } = reference;
  const named = options(prompt);
  if (named.length === choices.length && named.every((one, i) => one === choices[i])) return prompt;
  const lines = choices.map((choice, i) => `${optionName(i)}. ${choice}`);
  return [prompt, 'Only return the correct answer option.', ...lines].join('\n');
}

/** A question as a message of its medium's row. */
function writtenMessage(question: Question): Record<string, unknown> {
  const { reference, label, style = usualStyle(question) } = question;
  const isList = reference.kind === 'short' && reference.answers.length > 1;
  return {
    prompt: trainingPrompt(question),
    ...(isList ? { answers: reference.answers } : { answer: trainingAnswer(question) }),
    style,
    ...(label !== undefined && { label }),
  };
}

function mediaKeys(question: Question): Record<string, unknown> {
  const { media } = question;
  const name = (source: string | Blob) => pathOf(source, question, 'training text');
  if (media.kind === 'none') return {};
  if (media.kind === 'images') {
    const sizes = media.images.map(({ width, height }) => [width, height]);
    const [first, ...others] = media.images.map(({ source }) => name(source));
    return { image: others.length === 0 ? first : [first, ...others], sizes };
  }
  const { video, width, height, durationSec: duration } = media;
  const sizes = [[width, height]];
  if (typeof video === 'string' || video instanceof Blob) return { video: name(video), sizes, duration };
  return { frames: video.frames.map(name), timestamps: video.timestamps, sizes, duration };
}

/**
 * One row per medium, questions about the same one in its list. What training text cannot say is left out: masks, boxes, and which
 * statements a caption is made of.
 */
function write(questions: readonly Question[]): string {
  const rows = new Map<string, Record<string, unknown>[]>();
  for (const question of questions) {
    const media = JSON.stringify(mediaKeys(question));
    const list = rows.get(media) ?? [];
    rows.set(media, list);
    list.push(writtenMessage(question));
  }
  return [...rows]
    .map(([media, list]) => `${JSON.stringify({ ...(JSON.parse(media) as object), message_list: list })}\n`)
    .join('');
}

export const trainingText: DatasetFormat = { name: 'Molmo2 training text', read, write };
