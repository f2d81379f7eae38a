// BURST's JSON: sequences whose annotated frames have a mask for each track. Each category of a sequence becomes one question.

import * as v from 'valibot';
import type { Question, ReferenceTrack, TrackMoment } from '../question.ts';
import { pathOf, refuseFile, refuseQuestion, shown, type DatasetFormat, type ReadContext } from './format.ts';
import { checked, finite, parsedJson, path, side, whole } from './json.ts';
import { maskFault, maskShape, runsOf, runsText } from './masks.ts';

const sequence = v.object({
  width: side,
  height: side,
  seq_name: path,
  dataset: path,
  fps: v.pipe(finite, v.minValue(0.001, 'must be above 0')),
  all_image_paths: v.pipe(v.array(path), v.minLength(1, 'must not be empty')),
  annotated_image_paths: v.array(path),
  neg_category_ids: v.array(whole),
  not_exhaustive_category_ids: v.array(whole),
  track_category_ids: v.record(v.string(), whole),
  segmentations: v.array(v.record(v.string(), v.object({ rle: v.string() }))),
});
const file = v.object({
  sequences: v.array(sequence),
  categories: v.array(v.object({ id: whole, name: path })),
});
type Sequence = v.InferOutput<typeof sequence>;

/** Seconds of the annotated frames. */
function annotatedTimes(of: Sequence, where: string, context: ReadContext): number[] {
  const frames = new Map(of.all_image_paths.map((name, i) => [name, i]));
  if (frames.size !== of.all_image_paths.length)
    refuseFile(context, `${where}.all_image_paths`, 'a frame is named twice');
  const indices = of.annotated_image_paths.map((name, i) => {
    const frame = frames.get(name);
    const here = `${where}.annotated_image_paths.${i}`;
    return frame ?? refuseFile(context, here, `${shown(name)} is not among all_image_paths`);
  });
  if (indices.some((index, i) => i > 0 && index <= (indices[i - 1] ?? 0)))
    refuseFile(context, `${where}.annotated_image_paths`, 'they are not in the order of all_image_paths');
  if (of.segmentations.length !== indices.length)
    refuseFile(
      context,
      `${where}.segmentations`,
      `${of.segmentations.length} entries for ${indices.length} annotated frames`,
    );
  return indices.map((index) => index / of.fps);
}

/** Where a track's mask places it; null where the mask is empty, which says that the object is not seen. */
function momentOf(
  rle: string,
  timeSec: number,
  { width, height }: Sequence,
  where: string,
  context: ReadContext,
): TrackMoment | null {
  const counts = runsOf(rle);
  if (!counts) return refuseFile(context, where, `${shown(rle)} are no compressed runs`);
  const mask = { width, height, counts };
  const fault = maskFault(mask);
  if (fault !== null) refuseFile(context, where, fault);
  const shape = maskShape(mask);
  return shape && { timeSec, x: shape.x, y: shape.y, mask };
}

function sequenceTracks(of: Sequence, timesSec: readonly number[], where: string, context: ReadContext) {
  const tracks = new Map<string, TrackMoment[]>();
  of.segmentations.forEach((frame, i) => {
    for (const [id, { rle }] of Object.entries(frame)) {
      const here = `${where}.segmentations.${i}.${id}`;
      if (!Number.isSafeInteger(Number(id)) || id.trim() === '')
        refuseFile(context, here, 'the id is no whole number');
      if (of.track_category_ids[id] === undefined)
        refuseFile(context, here, 'track_category_ids does not have this track');
      const moment = momentOf(rle, timesSec[i] ?? 0, of, `${here}.rle`, context);
      if (moment) tracks.set(id, [...(tracks.get(id) ?? []), moment]);
    }
  });
  return tracks;
}

function sequenceQuestions(
  of: Sequence,
  names: ReadonlyMap<number, string>,
  where: string,
  context: ReadContext,
): Question[] {
  const timesSec = annotatedTimes(of, where, context);
  const tracks = sequenceTracks(of, timesSec, where, context);
  for (const [id, category] of Object.entries(of.track_category_ids)) {
    if (!names.has(category))
      refuseFile(context, `${where}.track_category_ids.${id}`, `there is no category ${category}`);
    if (!tracks.has(id))
      refuseFile(context, `${where}.track_category_ids.${id}`, 'no frame has a mask of this track');
  }
  const folder = `${of.dataset}/${of.seq_name}`;
  const media = {
    kind: 'video' as const,
    video: {
      frames: of.all_image_paths.map((name) => `${folder}/${name}`),
      timestamps: of.all_image_paths.map((_, i) => i / of.fps),
    },
    width: of.width,
    height: of.height,
    durationSec: of.all_image_paths.length / of.fps,
  };
  const present = new Set(Object.values(of.track_category_ids));
  return [...names].flatMap(([category, name]) => {
    // Where not all objects were annotated, an answer that finds one more would be counted as wrong.
    if (of.not_exhaustive_category_ids.includes(category)) return [];
    if (!present.has(category) && !of.neg_category_ids.includes(category)) return [];
    const own: ReferenceTrack[] = [...tracks]
      .filter(([id]) => of.track_category_ids[id] === category)
      .map(([id, moments]) => ({ id: Number(id), moments }));
    return [
      {
        id: `${folder}:${name}`,
        media,
        prompt: `Track every ${name.replaceAll('_', ' ')}.`,
        style: 'video_point_track_per_frame',
        label: name,
        reference: { kind: 'tracks' as const, tracks: own, timesSec },
      },
    ];
  });
}

function read(text: string, context: ReadContext): Question[] {
  const { sequences, categories } = checked(file, parsedJson(text, context), context);
  const names = new Map(categories.map(({ id, name }) => [id, name]));
  if (names.size !== categories.length) refuseFile(context, 'key categories', 'an id is there twice');
  const places = new Set(sequences.map((one) => `${one.dataset}/${one.seq_name}`));
  if (places.size !== sequences.length) refuseFile(context, 'key sequences', 'a sequence is there twice');
  return sequences.flatMap((one, i) => sequenceQuestions(one, names, `key sequences.${i}`, context));
}

/** A sequence while it is put together; each category's tracks come from a question of their own. */
interface Draft {
  readonly frames: readonly string[];
  readonly timestamps: readonly number[];
  readonly width: number;
  readonly height: number;
  readonly timesSec: readonly number[];
  readonly absent: number[];
  readonly tracks: (ReferenceTrack & { readonly category: number })[];
}

function draftOf(question: Question): Draft {
  const { media, reference } = question;
  if (
    reference.kind !== 'tracks' ||
    media.kind !== 'video' ||
    typeof media.video === 'string' ||
    media.video instanceof Blob
  )
    return refuseQuestion(question, 'BURST', 'it does not follow objects through a list of frames');
  const { width, height, video } = media;
  const frames = video.frames.map((frame) => pathOf(frame, question, 'BURST'));
  const { timestamps } = video;
  return {
    frames,
    timestamps,
    width,
    height,
    timesSec: reference.timesSec ?? timestamps,
    absent: [],
    tracks: [],
  };
}

function written(draft: Draft, id: number) {
  const [first = '', second = 1] = [draft.frames[0], draft.timestamps[1]];
  const [dataset = '', ...rest] = first.split('/');
  const fps = Math.round(1e6 / (second - (draft.timestamps[0] ?? 0))) / 1e6;
  const names = draft.frames.map((frame) => frame.slice(frame.lastIndexOf('/') + 1));
  const indexAt = (timeSec: number) => draft.timestamps.findIndex((time) => Math.abs(time - timeSec) < 1e-6);
  return {
    width: draft.width,
    height: draft.height,
    id,
    seq_name: rest.slice(0, -1).join('/'),
    dataset,
    fps,
    all_image_paths: names,
    annotated_image_paths: draft.timesSec.map((time) => names[indexAt(time)]),
    neg_category_ids: draft.absent,
    not_exhaustive_category_ids: [],
    track_category_ids: Object.fromEntries(draft.tracks.map((track) => [String(track.id), track.category])),
    segmentations: draft.timesSec.map((time) =>
      Object.fromEntries(
        draft.tracks.flatMap((track) => {
          const mask = track.moments.find(({ timeSec }) => Math.abs(timeSec - time) < 1e-6)?.mask;
          return mask ? [[String(track.id), { rle: runsText(mask.counts), is_gt: true }]] : [];
        }),
      ),
    ),
  };
}

function addTo(draft: Draft, question: Question, category: number): void {
  if (question.reference.kind !== 'tracks') return;
  const { tracks } = question.reference;
  if (tracks.length === 0) draft.absent.push(category);
  for (const track of tracks) {
    const bare = track.moments.find(({ mask }) => !mask);
    if (bare) refuseQuestion(question, 'BURST', `object ${track.id} has no mask at ${bare.timeSec} s`);
    if (draft.tracks.some(({ id }) => id === track.id))
      refuseQuestion(question, 'BURST', `the sequence has an object ${track.id} of another category`);
    draft.tracks.push({ ...track, category });
  }
}

function write(questions: readonly Question[]): string {
  const drafts = new Map<string, Draft>();
  const names: string[] = [];
  for (const question of questions) {
    const { label } = question;
    if (label === undefined || label === '')
      return refuseQuestion(question, 'BURST', 'it has no label to be the category');
    const fresh = draftOf(question);
    const key = fresh.frames.join('\n');
    const draft = drafts.get(key) ?? fresh;
    drafts.set(key, draft);
    if (fresh.frames.some((frame) => frame.split('/').length < 3))
      refuseQuestion(
        question,
        'BURST',
        'its frames do not lie in a folder of a sequence in one of a data set',
      );
    if (!names.includes(label)) names.push(label);
    addTo(draft, question, names.indexOf(label) + 1);
  }
  const content = {
    sequences: [...drafts.values()].map((draft, i) => written(draft, i + 1)),
    categories: names.map((name, i) => ({ id: i + 1, name })),
  };
  return `${JSON.stringify(content, null, 1)}\n`;
}

export const burst: DatasetFormat = { name: 'BURST', read, write };
