import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import sharp from 'sharp';
import { placeAt } from '../../eval/scenes/motion.ts';
import { makeScene, type ClipScene, type PictureScene, type Scene } from '../../eval/scenes/scene.ts';
import { sceneQuestions } from '../../eval/scenes/scene-questions.ts';
import {
  colors,
  isInShape,
  shapeMask,
  shapes,
  type Pixels,
  type ShapeObject,
} from '../../eval/scenes/shapes.ts';
import { scoreAnswer } from '../../eval/score-answer.ts';
import { extractPoints, extractTracks } from '../../src/index.ts';

// Small counts: every scene is drawn pixel by pixel.
const set = Array.from({ length: 120 }, (_, index) => makeScene({ seed: 11, index }));
const isClip = (scene: Scene): scene is ClipScene => scene.kind === 'video';
const isPictures = (scene: Scene): scene is PictureScene => scene.kind !== 'video';
const clips = set.filter(isClip);
const drawn = set.filter(isPictures).flatMap(({ pictures }) => pictures);

function colorAt({ width, data }: Pixels, x: number, y: number): number[] {
  const at = (Math.floor(y) * width + Math.floor(x)) * 4;
  return [...data.subarray(at, at + 4)];
}

const isInside = ({ x, y }: { x: number; y: number }, { width, height }: { width: number; height: number }) =>
  x > 0 && y > 0 && x < width && y < height;

describe('scenes', () => {
  test('the same seed makes the same scene, alone or in a set, and another seed another one', () => {
    const print = (scene: Scene | undefined) => {
      const pictures =
        scene?.kind === 'video' ? scene.clip.frames : scene?.pictures.map(({ pixels }) => pixels);
      const hash = createHash('sha256');
      for (const { data } of pictures ?? []) hash.update(data);
      return hash.update(JSON.stringify(scene?.questions)).digest('hex');
    };
    for (const index of [0, 7, 90]) {
      expect(print(makeScene({ seed: 11, index }))).toBe(print(set[index]));
      expect(print(makeScene({ seed: 12, index }))).not.toBe(print(set[index]));
    }
    expect(new Set(set.map(print)).size).toBe(set.length);
    expect(() => makeScene({ seed: 0.5, index: 1 })).toThrow(
      'seed must be a whole number of 0 or more, got 0.5.',
    );
  });

  test('a shape has its colour at its true centre, and the ground is left alone beside it', () => {
    for (const { pixels, objects } of drawn)
      for (const { x, y, rgb } of objects) expect(colorAt(pixels, x, y)).toEqual([...rgb, 255]);
    for (const { clip } of clips)
      clip.timestamps.forEach((timeSec, i) => {
        const last = clip.objects.at(-1);
        const place = last && placeAt(last, timeSec, clip.timestamps.at(-1) ?? 0);
        // The last object is drawn over the others.
        if (place) expect(colorAt(clip.frames[i] as Pixels, place.x, place.y)).toEqual([...last.rgb, 255]);
      });
  });

  test('a shape covers the area that its outline has', () => {
    // Area in units of r squared, worked by hand: pi; (2 * 0.88)^2; an equilateral triangle in a circle of 1.12;
    // 10 triangles between the two circles of the star; two bars less the square that they share.
    const areas = {
      circle: Math.PI,
      square: 1.76 ** 2,
      triangle: ((3 * Math.sqrt(3)) / 4) * 1.12 ** 2,
      star: 5 * 1.15 * 0.48 * Math.sin(Math.PI / 5),
      cross: 2 * (2 * 0.72) - 0.72 ** 2,
    };
    for (const shape of shapes) {
      const object: ShapeObject = { shape, color: 'red', rgb: [0, 0, 0], x: 150.3, y: 149.8, r: 100 };
      const { counts } = shapeMask(object, 300, 300);
      const inside = counts.filter((_, i) => i % 2 === 1).reduce((sum, run) => sum + run, 0);
      expect(inside / 10_000 / areas[shape], shape).toBeCloseTo(1, 2);
      expect(counts.reduce((sum, run) => sum + run, 0)).toBe(90_000);
    }
  });

  test('objects of a picture do not touch, and paths stay inside it', () => {
    for (const { objects } of drawn)
      objects.forEach((a, i) =>
        objects
          .slice(i + 1)
          .forEach((b) => expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThan(a.r + b.r)),
      );
    for (const { clip } of clips)
      for (const object of clip.objects) {
        expect(isInside(object, clip) && isInside(object.end, clip)).toBe(true);
        expect(object.enterSec).toBeLessThanOrEqual(object.leaveSec);
        expect(object.direction === 'still').toBe(object.x === object.end.x && object.y === object.end.y);
      }
  });

  test('all kinds of scenes, shapes, colours, motions and questions come up', () => {
    const names = (list: readonly string[]) => [...new Set(list)].toSorted();
    expect(names(set.map(({ kind }) => kind))).toEqual(['image', 'images', 'video']);
    expect(names(drawn.flatMap(({ objects }) => objects.map(({ shape }) => shape)))).toEqual(
      shapes.toSorted(),
    );
    expect(names(drawn.flatMap(({ objects }) => objects.map(({ color }) => color)))).toEqual(
      colors.toSorted(),
    );
    const ways = clips.flatMap(({ clip }) => clip.objects.map(({ direction }) => direction));
    expect(names(ways)).toEqual(['down', 'left', 'right', 'still', 'up']);
    const asked = names(set.flatMap(({ questions }) => questions.map(({ kind }) => kind)));
    expect(asked.join(' ')).toBe(
      'appear caption count direction point short track video-caption video-count yes-no',
    );
  });

  test('an answer that points says where the objects are that its reference names', () => {
    for (const scene of set.filter(isPictures))
      for (const { answer, points } of scene.questions) {
        if (!points) continue;
        const sizes = scene.pictures.map(({ pixels: { width, height } }) => ({ width, height }));
        const read = extractPoints(answer, { kind: 'multi', sizes });
        expect(read.points.length, answer).toBe(points.length);
        for (const { image = 1, object } of points)
          expect(
            read.points.some(
              ({ key, x, y }) => key === image && isInShape('circle', (x - object.x) / 2, (y - object.y) / 2),
            ),
            answer,
          ).toBe(true);
      }
  });

  test('an answer that follows objects names their ways, and caption and direction what was drawn', () => {
    for (const { clip, questions } of clips)
      for (const { kind, answer, tracks, statements } of questions) {
        if (kind === 'track') {
          const read = extractTracks(answer, { ...clip, fps: 2 });
          expect(read.points.length).toBe(
            (tracks ?? []).reduce((sum, { moments }) => sum + moments.length, 0),
          );
        }
        if (kind === 'video-caption') {
          expect(statements?.length).toBe(clip.objects.length);
          for (const { color, shape, direction } of clip.objects) {
            expect(answer).toContain(
              `${color} ${shape} ${direction === 'still' ? 'stays still' : `moves ${direction}`}`,
            );
          }
        }
        if (kind === 'direction' && answer !== 'It does not move.')
          expect(clip.objects.map(({ direction }) => direction)).toContain(answer.toLowerCase());
      }
  });

  test('the right answers of scenes score full marks', async () => {
    for (const scene of [...set.filter(isPictures).slice(0, 8), ...clips.slice(0, 3)])
      for (const [i, question] of (await sceneQuestions(scene)).entries()) {
        const answer = scene.questions[i]?.answer ?? '';
        if (question.reference.kind !== 'caption')
          expect(scoreAnswer(question, answer)?.score, `${question.prompt} ${answer}`).toBeCloseTo(1, 9);
      }
  });

  test('questions for evaluations have files that hold the pixels, and masks around their points', async () => {
    const [scene] = set.filter(isPictures);
    if (!scene) throw new Error('the set has no picture');
    const questions = await sceneQuestions(scene);
    expect(new Set(questions.map(({ id }) => id)).size).toBe(scene.questions.length);
    const [{ pixels }] = scene.pictures;
    const [question] = questions;
    if (question?.media.kind !== 'images') throw new Error('the question shows no picture');
    const file = question.media.images[0]?.source as Blob;
    const { data, info } = await sharp(await file.arrayBuffer())
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([pixels.width, pixels.height]);
    expect(Buffer.compare(data, Buffer.from(pixels.data))).toBe(0);
  });
});
