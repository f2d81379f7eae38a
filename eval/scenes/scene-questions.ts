// A scene's questions in the shape that evaluations take, its pictures as files.

import type { Question, QuestionMedia, Reference, ReferenceTrack } from '../question.ts';
import { pngOf } from './png.ts';
import type { Scene } from './scene.ts';
import type { SceneQuestion } from './scene-question.ts';
import { shapeMask, type ShapeObject } from './shapes.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Media of a scene; pictures and frames are PNG files. */
async function sceneMedia(scene: Scene): Promise<QuestionMedia> {
  if (scene.kind !== 'video') {
    const images = scene.pictures.map(async ({ pixels }) => {
      return { source: await pngOf(pixels), width: pixels.width, height: pixels.height };
    });
    return { kind: 'images', images: await Promise.all(images) };
  }
  const { frames, timestamps, width, height } = scene.clip;
  const files = await Promise.all(frames.map((frame) => pngOf(frame)));
  const durationSec = timestamps.at(-1) ?? 0;
  return { kind: 'video', video: { frames: files, timestamps }, width, height, durationSec };
}

function place(object: ShapeObject, { width, height }: Size) {
  return { x: object.x, y: object.y, mask: shapeMask(object, width, height) };
}

function referenceTracks({ tracks = [] }: SceneQuestion, size: Size): ReferenceTrack[] {
  return tracks.map(({ id, moments }) => ({
    id,
    moments: moments.map(({ timeSec, object }) => ({ timeSec, ...place(object, size) })),
  }));
}

/** What is right, by how the question is scored; `sizes` are those of the pictures, or of the clip alone. */
function reference(question: SceneQuestion, scene: Scene, sizes: readonly Size[]): Reference {
  const { points = [], answer, statements = [] } = question;
  const sizeOf = (image = 1): Size => sizes[image - 1] ?? { width: 1, height: 1 };
  switch (question.kind) {
    case 'point':
      return {
        kind: 'points',
        points: points.map(({ image = 1, object }) => ({ image, ...place(object, sizeOf(image)) })),
      };
    case 'appear':
      return {
        kind: 'video-points',
        points: points.map(({ timeSec = 0, object }) => ({ timeSec, ...place(object, sizeOf()) })),
      };
    case 'count':
    case 'video-count':
      return { kind: 'count', count: points.length };
    case 'track':
      return {
        kind: 'tracks',
        tracks: referenceTracks(question, sizeOf()),
        ...(scene.kind === 'video' && { timesSec: scene.clip.timestamps }),
      };
    case 'caption':
    case 'video-caption':
      return { kind: 'caption', statements };
    case 'yes-no':
    case 'short':
    case 'direction':
      return { kind: 'short', answers: [answer] };
  }
}

/** A scene's questions. Their ids are the scene's name and the number of the question, from 1. */
export async function sceneQuestions(scene: Scene): Promise<Question[]> {
  const media = await sceneMedia(scene);
  const sizes = scene.kind === 'video' ? [scene.clip] : scene.pictures.map(({ pixels }) => pixels);
  return scene.questions.map((question, i) => ({
    id: `${scene.name}-${i + 1}`,
    media,
    prompt: question.prompt,
    ...(question.label !== undefined && { label: question.label }),
    category: question.kind,
    reference: reference(question, scene, sizes),
  }));
}
