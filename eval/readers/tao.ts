// TAO's JSON: boxes of tracks in some frames of videos. Each category of a video becomes one question.

import * as v from 'valibot';
import type { Question, ReferenceTrack, TrackMoment } from '../question.ts';
import { pathOf, refuseFile, refuseQuestion, type DatasetFormat, type ReadContext } from './format.ts';
import { checked, countNumber, finite, parsedJson, path, side, whole } from './json.ts';

const extent = v.pipe(finite, v.minValue(0, 'must be 0 or more'));
const categories = v.exactOptional(v.array(whole), []);
const file = v.object({
  videos: v.array(
    v.object({
      id: whole,
      name: path,
      width: side,
      height: side,
      neg_category_ids: categories,
      not_exhaustive_category_ids: categories,
    }),
  ),
  images: v.array(v.object({ id: whole, video_id: whole, file_name: path, frame_index: countNumber })),
  tracks: v.array(v.object({ id: whole, video_id: whole, category_id: whole })),
  annotations: v.array(
    v.object({ image_id: whole, track_id: whole, bbox: v.strictTuple([finite, finite, extent, extent]) }),
  ),
  categories: v.array(v.object({ id: whole, name: path })),
});
type File = v.InferOutput<typeof file>;
type Video = File['videos'][number];

/** Frames per second of the videos, whose frames the file only numbers. */
const usualFps = 30;

function byId<T extends { readonly id: number }>(list: readonly T[], key: string, context: ReadContext) {
  const map = new Map(list.map((item) => [item.id, item]));
  return map.size === list.length ? map : refuseFile(context, `key ${key}`, 'an id is there twice');
}

/** Every track's moments, by its id. */
function momentsOf(content: File, fps: number, context: ReadContext): Map<number, TrackMoment[]> {
  const images = byId(content.images, 'images', context);
  const tracks = byId(content.tracks, 'tracks', context);
  const moments = new Map<number, Map<number, TrackMoment>>();
  content.annotations.forEach(({ image_id: imageId, track_id: trackId, bbox }, i) => {
    const where = `key annotations.${i}`;
    const image =
      images.get(imageId) ?? refuseFile(context, `${where}.image_id`, `there is no image ${imageId}`);
    const track =
      tracks.get(trackId) ?? refuseFile(context, `${where}.track_id`, `there is no track ${trackId}`);
    if (image.video_id !== track.video_id)
      refuseFile(
        context,
        where,
        `its image is of video ${image.video_id}, its track of video ${track.video_id}`,
      );
    const own = moments.get(trackId) ?? new Map<number, TrackMoment>();
    moments.set(trackId, own);
    if (own.has(image.frame_index))
      refuseFile(context, where, `track ${trackId} has a box in image ${imageId} already`);
    const [x, y, width, height] = bbox;
    own.set(image.frame_index, {
      timeSec: image.frame_index / fps,
      x: x + width / 2,
      y: y + height / 2,
      box: { x, y, width, height },
    });
  });
  const sorted = (own: ReadonlyMap<number, TrackMoment>) =>
    [...own.values()].toSorted((a, b) => a.timeSec - b.timeSec);
  return new Map([...moments].map(([id, own]) => [id, sorted(own)]));
}

/** The video's frames by time. */
function framesOf({ images }: File, video: Video, context: ReadContext): File['images'] {
  const frames = images
    .filter((image) => image.video_id === video.id)
    .toSorted((a, b) => a.frame_index - b.frame_index);
  frames.forEach(({ frame_index: index, id }, i) => {
    if (index === frames[i - 1]?.frame_index)
      refuseFile(
        context,
        'key images',
        `image ${id} has the frame ${index}, which video ${video.id} has already`,
      );
  });
  return frames;
}

function read(text: string, context: ReadContext): Question[] {
  const content = checked(file, parsedJson(text, context), context);
  const fps = context.fps ?? usualFps;
  const videos = byId(content.videos, 'videos', context);
  const names = byId(content.categories, 'categories', context);
  const moments = momentsOf(content, fps, context);
  content.images.forEach(({ video_id: id }, i) => {
    if (!videos.has(id)) refuseFile(context, `key images.${i}.video_id`, `there is no video ${id}`);
  });
  content.tracks.forEach(({ id, video_id: videoId, category_id: category }, i) => {
    if (!videos.has(videoId)) refuseFile(context, `key tracks.${i}.video_id`, `there is no video ${videoId}`);
    if (!names.has(category))
      refuseFile(context, `key tracks.${i}.category_id`, `there is no category ${category}`);
    if (!moments.has(id)) refuseFile(context, `key tracks.${i}`, `track ${id} has no annotation`);
  });
  return content.videos.flatMap((video) => {
    const frames = framesOf(content, video, context);
    const timestamps = frames.map(({ frame_index: index }) => index / fps);
    const media = {
      kind: 'video' as const,
      video: { frames: frames.map(({ file_name: name }) => name), timestamps },
      width: video.width,
      height: video.height,
      durationSec: timestamps.at(-1) ?? 0,
    };
    return content.categories.flatMap(({ id: category, name }) => {
      const tracks: ReferenceTrack[] = content.tracks
        .filter((track) => track.video_id === video.id && track.category_id === category)
        .map(({ id }) => ({ id, moments: moments.get(id) ?? [] }));
      // Where not all objects were annotated, an answer that finds one more would be counted as wrong.
      if (video.not_exhaustive_category_ids.includes(category)) return [];
      if (tracks.length === 0 && !video.neg_category_ids.includes(category)) return [];
      return [
        {
          id: `${video.name}:${name}`,
          media,
          prompt: `Track every ${name.replaceAll('_', ' ')}.`,
          style: 'video_point_track_per_frame',
          label: name,
          reference: { kind: 'tracks' as const, tracks, timesSec: timestamps },
        },
      ];
    });
  });
}

/** A question's frames and tracks, once it is one that TAO can hold. */
function parts(question: Question) {
  const { media, reference, label, id } = question;
  if (
    reference.kind !== 'tracks' ||
    media.kind !== 'video' ||
    typeof media.video === 'string' ||
    media.video instanceof Blob
  )
    return refuseQuestion(question, 'TAO', 'it does not follow objects through a list of frames');
  if (label === undefined || label === '')
    return refuseQuestion(question, 'TAO', 'it has no label to be the category');
  const frames = media.video.frames.map((frame) => pathOf(frame, question, 'TAO'));
  const name = id.endsWith(`:${label}`) ? id.slice(0, -label.length - 1) : id;
  const { width, height } = media;
  return { frames, timestamps: media.video.timestamps, label, name, width, height, tracks: reference.tracks };
}

/** Questions as one file. Frames are numbered at 30 a second; all ids but those of tracks are given anew. */
function write(questions: readonly Question[]): string {
  const videos = new Map<
    string,
    { id: number; name: string; width: number; height: number; neg_category_ids: number[] }
  >();
  const images: { id: number; video_id: number; file_name: string; frame_index: number }[] = [];
  const tracks = new Map<number, { id: number; video_id: number; category_id: number }>();
  const annotations: Record<string, unknown>[] = [];
  const names: string[] = [];
  for (const question of questions) {
    const { frames, timestamps, label, name, width, height, tracks: followed } = parts(question);
    if (!names.includes(label)) names.push(label);
    const category = names.indexOf(label) + 1;
    const isNew = !videos.has(name);
    const video = videos.get(name) ?? { id: videos.size + 1, name, width, height, neg_category_ids: [] };
    videos.set(name, video);
    if (isNew)
      frames.forEach((file_name, i) => {
        const frame_index = Math.round((timestamps[i] ?? 0) * usualFps);
        images.push({ id: images.length + 1, video_id: video.id, file_name, frame_index });
      });
    if (followed.length === 0) video.neg_category_ids.push(category);
    for (const { id, moments } of followed) {
      if (tracks.has(id)) refuseQuestion(question, 'TAO', `another question has an object ${id}, too`);
      tracks.set(id, { id, video_id: video.id, category_id: category });
      for (const { timeSec, box } of moments) {
        const index = Math.round(timeSec * usualFps);
        const image = images.find((one) => one.video_id === video.id && one.frame_index === index);
        if (!image) return refuseQuestion(question, 'TAO', `no frame is at ${timeSec} s`);
        if (!box) return refuseQuestion(question, 'TAO', `object ${id} has no box at ${timeSec} s`);
        const bbox = [box.x, box.y, box.width, box.height];
        annotations.push({
          id: annotations.length + 1,
          image_id: image.id,
          track_id: id,
          bbox,
          category_id: category,
        });
      }
    }
  }
  const content = {
    videos: [...videos.values()],
    images,
    tracks: [...tracks.values()],
    annotations,
    categories: names.map((name, i) => ({ id: i + 1, name })),
  };
  return `${JSON.stringify(content, null, 1)}\n`;
}

export const tao: DatasetFormat = { name: 'TAO', read, write };
