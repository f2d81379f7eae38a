import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { decodeImage } from '../../src/media/picture/decode-image-node.ts';
import type { PortableVideo, VideoSampling } from '../../src/media/media-types.ts';
import { openVideo } from '../../src/media/video/open-video-node.ts';
import { expectedSamples, frameNumber, meanDifference, type PacketList, twoFps } from '../numbered-frames.ts';
import { allFrames as framesOf, failure as failureOf, orNotInstalled, record, x264 } from './make-videos.ts';
import { samples } from '../parity/samples.ts';

const fixture = (name: string) => resolve('tests/fixtures', name);
const packetsOf = (name: string) =>
  JSON.parse(readFileSync(fixture(`media/${name}.packets.json`), 'utf8')) as PacketList;

const allFrames = (input: PortableVideo | string, sampling?: VideoSampling) =>
  framesOf(typeof input === 'string' ? fixture(input) : input, sampling);
const failure = (input: PortableVideo | string) =>
  failureOf(typeof input === 'string' ? fixture(input) : input);

afterEach(() => vi.unstubAllEnvs());

test('without ffmpeg there is one error that names --frames', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'molmo2-empty-'));
  vi.stubEnv('PATH', empty);
  const error = await failure('media/h264-b-frames.mp4');
  expect(error.message).toMatch(
    /video \(.*h264-b-frames\.mp4\) needs ffprobe.*not found.*Install ffmpeg.*--frames/,
  );
  rmSync(empty, { recursive: true });
});

test.each([
  ['h264-b-frames.mp4', 0],
  ['h264-ntsc.mp4', 0],
  ['long-gops.mp4', 0],
  ['vp9.webm', 0],
  ['clusters.webm', 0],
  ['vp8.webm', 0],
  ['av1.mp4', 0],
  ['h264.mkv', 0],
  ['hevc.mp4', 0],
  ['mpeg4-part-2.mp4', 0],
  ['variable-rate.mp4', 0],
  ['starts-late.mp4', 0],
  ['starts-late.mkv', 0],
  ['edit-list.mp4', 0],
  ['one-frame.mp4', 0],
  ['one-frame.webm', 0],
  ['rotated-90.mp4', 270],
  ['rotated-180.mp4', 180],
  ['rotated-270.mp4', 90],
] as const)('%s: times and frames are those of the rule', async (name, rotation) => {
  await orNotInstalled(async () => {
    const expected = expectedSamples(packetsOf(name));
    const { video, pictures } = await allFrames(`media/${name}`);
    expect(Math.abs(video.durationSec - expected.durationSec)).toBeLessThan(2e-6);
    expect(video.timestamps).toHaveLength(expected.timestamps.length);
    video.timestamps.forEach((time, i) => expect(time).toBeCloseTo(expected.timestamps[i] ?? NaN, 5));
    expect([video.width, video.height]).toEqual(rotation % 180 === 90 ? [64, 96] : [96, 64]);
    expect(pictures.map((picture) => frameNumber(picture, rotation))).toEqual(expected.numbers);
  });
});

test('a part of a video is sampled from its start, in times relative to it', async () => {
  await orNotInstalled(async () => {
    const { video, pictures } = await allFrames('media/long-gops.mp4', {
      ...twoFps,
      startSec: 2.1,
      endSec: 3.3,
    });
    expect(video.timestamps.map((time) => time.toFixed(2))).toEqual(['0.00', '0.50', '1.00', '1.20']);
    expect(pictures.map((picture) => frameNumber(picture))).toEqual([63, 78, 93, 99]);
  });
});

// B-frames, open groups and long ones: where decoding begins must not show.
test.each([
  ['far.mp4', [...x264, '-g', '40', '-x264-params', 'open-gop=1']],
  ['far.mkv', [...x264, '-g', '400']],
] as const)('a part far into %s shows the very frames that the whole does', async (name, args) => {
  await orNotInstalled(async () => {
    const input = {
      kind: 'path',
      path: record(name, { count: 300, rate: 10, isTextured: true }, args),
    } as const;
    const whole = await framesOf(input, { ...twoFps, startSec: 0, endSec: 30 });
    const part = await framesOf(input, { ...twoFps, startSec: 24, endSec: 26 });
    expect(part.pictures.map((picture) => frameNumber(picture))).toEqual([240, 245, 250, 255, 260 % 256]);
    part.pictures.forEach(({ data }, i) => expect(data).toEqual(whole.pictures[48 + i]!.data));
  });
});

test('the mode fps takes steps of a rate that divides the own rate of the video', async () => {
  await orNotInstalled(async () => {
    const { video, pictures } = await allFrames('media/av1.mp4', { ...twoFps, mode: 'fps', maxFrames: 20 });
    expect(video.timestamps.slice(0, 3)).toEqual([0, 1 / 8, 2 / 8]);
    expect(pictures.slice(0, 4).map((picture) => frameNumber(picture))).toEqual([0, 3, 6, 9]);
  });
});

test.each((await samples()).filter(({ kind }) => kind === 'video'))(
  'sample $name decodes to pictures close to its lossless frames',
  async ({ media: [clip], frames = [], timestamps }) => {
    await orNotInstalled(async () => {
      const { video, pictures } = await allFrames(`samples/${clip}`);
      expect(video.timestamps).toEqual(timestamps);
      expect(pictures).toHaveLength(frames.length);
      for (const [i, picture] of pictures.entries()) {
        const frame = fixture(`samples/${frames[i]}`);
        expect(
          meanDifference(picture, await decodeImage({ kind: 'path', path: frame }, 'frame')),
        ).toBeLessThan(1.5);
      }
    });
  },
);

test('bytes that are no file are decoded through a temporary one, which is removed', async () => {
  await orNotInstalled(async () => {
    // A folder of its own: another test file may open videos at the same time.
    const folder = mkdtempSync(join(tmpdir(), 'molmo2-own-'));
    vi.stubEnv('TMPDIR', folder);
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const folders = () => readdirSync(folder).filter((name) => name.startsWith('molmo2-video-'));
    const blob = new Blob([readFileSync(fixture('media/h264-b-frames.mp4'))]);
    const video = await openVideo({ kind: 'blob', blob }, twoFps, 'video');
    expect(folders()).toHaveLength(1);
    for await (const picture of video.frames()) expect(picture.channels).toBe(3);
    video.close();
    expect(folders()).toEqual([]);
    await failure({ kind: 'blob', blob: new Blob(['nothing']) });
    expect(folders()).toEqual([]);
  });
});

describe('a file that is no usable video gives one error that says what it is', () => {
  const cut = (name: string, share: number): PortableVideo => {
    const whole = readFileSync(fixture(name));
    return { kind: 'blob', blob: new Blob([whole.subarray(0, Math.floor(whole.length * share))]) };
  };

  test('no bytes', async () => {
    expect((await failure({ kind: 'blob', blob: new Blob([]) })).message).toMatch(/empty \(0 bytes\)/);
  });

  test('a path that does not exist', async () => {
    expect((await failure('media/no-such.mp4')).message).toMatch(/no-such\.mp4.*Check the path/);
  });

  test.each([
    [
      'noise',
      { kind: 'blob', blob: new Blob([Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251)]) },
      /5000 bytes, not recognised/,
    ],
    ['sound only', 'media/audio-only.mp4', /sound but no video/],
    ['an MP4 that was cut off before its index', cut('media/h264-ntsc.mp4', 0.5), /not recognised.*moov/],
    [
      'an MP4 that was cut off in its first frame',
      cut('media/long-gops.mp4', 0.3),
      /video track without a whole frame.*cut off/,
    ],
  ] as const)('%s', async (_, input, message) => {
    await orNotInstalled(async () => {
      expect((await failure(input)).message).toMatch(message);
    });
  });
});

describe('cancelling', () => {
  const reason = new Error('changed my mind');
  const input = { kind: 'path', path: fixture('media/long-gops.mp4') } as const;

  test('before and while opening throws the reason', async () => {
    await expect(openVideo(input, twoFps, 'video', AbortSignal.abort(reason))).rejects.toBe(reason);
    await orNotInstalled(async () => {
      const controller = new AbortController();
      const pending = openVideo(input, twoFps, 'video', controller.signal);
      setImmediate(() => controller.abort(reason));
      await expect(pending).rejects.toBe(reason);
    });
  });

  test('between frames throws the reason', async () => {
    await orNotInstalled(async () => {
      const controller = new AbortController();
      const video = await openVideo(input, twoFps, 'video');
      let seen = 0;
      const walk = async () => {
        for await (const picture of video.frames(controller.signal)) {
          frameNumber(picture);
          if (++seen === 3) controller.abort(reason);
        }
      };
      await expect(walk()).rejects.toBe(reason);
      expect(seen).toBe(3);
      video.close();
    });
  });
});

test('a list of frames needs no ffmpeg', async () => {
  const frame = { kind: 'path', path: fixture('media/quarters.png') } as const;
  const { video, pictures } = await allFrames({
    kind: 'frames',
    frames: [frame, frame],
    timestamps: [0, 0.5],
  });
  expect(video).toMatchObject({ width: 48, height: 32, timestamps: [0, 0.5], durationSec: 0.5 });
  expect(pictures).toHaveLength(2);
});
