import { describe, expect, test } from 'vitest';
import { Molmo2Error } from '../../src/errors.ts';
import { decodeImage } from '../../src/media/picture/decode-image.ts';
import type { PortableImage, VideoSampling } from '../../src/media/media-types.ts';
import { openVideo } from '../../src/media/video/open-video.ts';
import type { Picture } from '../../src/media/picture.ts';
import { expectedSamples, frameNumber, meanDifference, type PacketList, twoFps } from '../numbered-frames.ts';
import { fixtureUrl } from './fixture-url.ts';
import { samples } from '../parity/samples.ts';

async function file(name: string): Promise<File> {
  const response = await fetch(fixtureUrl(name));
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return new File([await response.blob()], name.split('/').pop() ?? name);
}
const packetsOf = async (name: string) =>
  (await (await fetch(fixtureUrl(`media/${name}.packets.json`))).json()) as PacketList;

async function allFrames(blob: Blob, sampling: VideoSampling = twoFps) {
  const video = await openVideo({ kind: 'blob', blob }, sampling, 'video');
  const pictures: Picture[] = [];
  try {
    for await (const picture of video.frames()) pictures.push(picture);
  } finally {
    video.close();
  }
  return { video, pictures };
}

async function failure(blob: Blob): Promise<Molmo2Error> {
  const error: unknown = await allFrames(blob).catch((cause: unknown) => cause);
  if (!(error instanceof Molmo2Error)) throw new Error(`expected a Molmo2Error, got ${String(error)}`);
  expect(error.code).toBe('media-unreadable');
  expect(error.message).toContain('video');
  return error;
}

test.each([
  ['h264-b-frames.mp4', 0], // control: H.264 with reordered frames
  ['h264-ntsc.mp4', 0], // 30000/1001: moments between two frames
  ['long-gops.mp4', 0], // several groups of pictures
  ['vp9.webm', 0],
  ['clusters.webm', 0], // a frame's end is not always known from its own cluster
  ['vp8.webm', 0],
  ['av1.mp4', 0],
  ['h264.mkv', 0],
  ['variable-rate.mp4', 0],
  ['starts-late.mp4', 0], // first presentation time 1.5 s
  ['starts-late.mkv', 0],
  ['edit-list.mp4', 0], // frames before the cut are hidden
  ['one-frame.mp4', 0],
  ['one-frame.webm', 0],
  ['rotated-90.mp4', 270], // rotate=90 is stored counter-clockwise by this ffmpeg; players turn the other way
  ['rotated-180.mp4', 180],
  ['rotated-270.mp4', 90],
] as const)('%s: times and frames are those of the rule', async (name, rotation) => {
  const expected = expectedSamples(await packetsOf(name));
  const { video, pictures } = await allFrames(await file(`media/${name}`));
  // Matroska rounds to milliseconds.
  expect(Math.abs(video.durationSec - expected.durationSec)).toBeLessThan(6e-4);
  expect(video.timestamps).toHaveLength(expected.timestamps.length);
  video.timestamps.forEach((time, i) =>
    expect(Math.abs(time - (expected.timestamps[i] ?? NaN))).toBeLessThan(6e-4),
  );
  expect([video.width, video.height]).toEqual(rotation % 180 === 90 ? [64, 96] : [96, 64]);
  expect(pictures.map((picture) => frameNumber(picture, rotation))).toEqual(expected.numbers);
});

test('a part of a video is sampled from its start, in times relative to it', async () => {
  const { video, pictures } = await allFrames(await file('media/long-gops.mp4'), {
    ...twoFps,
    startSec: 2.1,
    endSec: 3.3,
  });
  expect(video.startSec).toBe(2.1);
  expect(video.timestamps.map((time) => time.toFixed(2))).toEqual(['0.00', '0.50', '1.00', '1.20']);
  expect(pictures.map((picture) => frameNumber(picture))).toEqual([63, 78, 93, 99]);
});

test('few frames are spread over the whole video', async () => {
  const { video, pictures } = await allFrames(await file('media/long-gops.mp4'), { ...twoFps, maxFrames: 5 });
  expect(video.timestamps).toEqual([0, 2, 4, 6, 8]);
  expect(pictures.map((picture) => frameNumber(picture))).toEqual([0, 60, 120, 180, 239]);
});

test('the mode fps takes steps of a rate that divides the own rate of the video', async () => {
  const sampling = { ...twoFps, mode: 'fps', maxFrames: 20 } as const;
  const { video, pictures } = await allFrames(await file('media/av1.mp4'), sampling);
  expect(video.timestamps.slice(0, 3)).toEqual([0, 1 / 8, 2 / 8]);
  expect(pictures.slice(0, 4).map((picture) => frameNumber(picture))).toEqual([0, 3, 6, 9]);
});

test.each((await samples()).filter(({ kind }) => kind === 'video'))(
  'sample $name decodes to pictures close to its lossless frames',
  async ({ media: [clip], frames = [], timestamps }) => {
    const { video, pictures } = await allFrames(await file(`samples/${clip}`));
    expect(video.timestamps).toEqual(timestamps);
    for (const [i, picture] of pictures.entries()) {
      const url = fixtureUrl(`samples/${frames[i]}`);
      expect(meanDifference(picture, await decodeImage({ kind: 'url', url }, 'frame'))).toBeLessThan(1.5);
    }
    expect(pictures).toHaveLength(frames.length);
  },
);

test('a browser that cannot convert while copying draws the frames instead', async () => {
  const original = VideoFrame.prototype.copyTo;
  VideoFrame.prototype.copyTo = () => Promise.reject(new DOMException('no RGBA here', 'NotSupportedError'));
  try {
    const { pictures } = await allFrames(await file('media/rotated-90.mp4'));
    const expected = expectedSamples(await packetsOf('rotated-90.mp4'));
    expect(pictures.map((picture) => frameNumber(picture, 270))).toEqual(expected.numbers);
  } finally {
    VideoFrame.prototype.copyTo = original;
  }
});

test('a video is decoded in a worker', async () => {
  const worker = new Worker(new URL('./video-worker.ts', import.meta.url), { type: 'module' });
  const answer = await new Promise((resolve, reject) => {
    worker.onmessage = (event: MessageEvent<unknown>) => resolve(event.data);
    worker.onerror = reject;
    void file('media/h264-b-frames.mp4').then((blob) => worker.postMessage(blob), reject);
  });
  worker.terminate();
  expect(answer).toEqual(expectedSamples(await packetsOf('h264-b-frames.mp4')).numbers);
});

describe('a file that is no usable video gives one error that says what it is', () => {
  test('no bytes', async () => {
    expect((await failure(new File([], 'empty.mp4'))).message).toMatch(
      /empty\.mp4.*empty \(0 bytes\).*MP4, MOV, WebM/,
    );
  });

  test('noise', async () => {
    const noise = Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251);
    expect((await failure(new File([noise], 'noise.mp4'))).message).toMatch(
      /noise\.mp4.*5000 bytes.*not recognised/,
    );
  });

  test('a picture', async () => {
    expect((await failure(await file('media/quarters.png'))).message).toMatch(/is a picture \(PNG\)/);
  });

  test('sound only', async () => {
    expect((await failure(await file('media/audio-only.mp4'))).message).toMatch(/sound but no video/);
  });

  test('an MP4 that was cut off before its index', async () => {
    const whole = await file('media/h264-ntsc.mp4'); // its index is at the end
    expect((await failure(whole.slice(0, whole.size / 2))).message).toMatch(/no video track/);
  });

  test('an MP4 with its index first, cut off in its first frame', async () => {
    const whole = await file('media/long-gops.mp4');
    expect((await failure(whole.slice(0, whole.size * 0.3))).message).toMatch(
      /video track without a whole frame.*cut off/,
    );
  });

  test('a WebM that was cut off before its first frame', async () => {
    const whole = await file('media/vp9.webm');
    const bytes = new Uint8Array(await whole.arrayBuffer());
    const cluster = bytes.findIndex((_, i) =>
      [0x1f, 0x43, 0xb6, 0x75].every((byte, k) => bytes[i + k] === byte),
    );
    expect((await failure(whole.slice(0, cluster + 30))).message).toMatch(/without a whole frame.*cut off/);
  });

  test('a codec that this browser does not decode', async () => {
    const hevc = await file('media/hevc.mp4');
    // Firefox's own player has decoders of the system that its WebCodecs lacks.
    if (document.createElement('video').canPlayType('video/mp4; codecs="hvc1.1.6.L30.90"') === '')
      expect((await failure(hevc)).message).toMatch(/HEVC \(h[ev][vc]1.*cannot decode.*H\.264/);
    else expect((await allFrames(hevc)).video.notices?.join()).toMatch(/by seeking the page's own player/);
    expect((await failure(await file('media/mpeg4-part-2.mp4'))).message).toMatch(/mp4v.*cannot decode/);
  });

  test('damaged frames', async () => {
    const bytes = new Uint8Array(await (await file('media/long-gops.mp4')).arrayBuffer());
    bytes.fill(0xa5, bytes.length * 0.6, bytes.length * 0.8);
    expect((await failure(new Blob([bytes]))).message).toMatch(/decoded at \d\.\d\d s/);
  });
});

test('a start behind the end is refused with the duration', async () => {
  const blob = await file('media/h264-b-frames.mp4');
  await expect(openVideo({ kind: 'blob', blob }, { ...twoFps, startSec: 9 }, 'video')).rejects.toMatchObject({
    code: 'bad-request',
    message: expect.stringContaining('2.500 s') as string,
  });
});

test('a missing URL is a network error', async () => {
  const url = new URL('/@fs/no-such-file.mp4', location.href).href;
  await expect(openVideo({ kind: 'url', url }, twoFps, 'video')).rejects.toMatchObject({ code: 'network' });
});

describe('cancelling', () => {
  const reason = new Error('changed my mind');

  test('before opening throws the reason', async () => {
    const blob = await file('media/long-gops.mp4');
    const pending = openVideo({ kind: 'blob', blob }, twoFps, 'video', AbortSignal.abort(reason));
    await expect(pending).rejects.toBe(reason);
  });

  test('while opening throws the reason', async () => {
    const blob = await file('media/long-gops.mp4');
    const controller = new AbortController();
    const pending = openVideo({ kind: 'blob', blob }, twoFps, 'video', controller.signal);
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
  });

  test('between frames throws the reason and closes the video', async () => {
    const blob = await file('media/long-gops.mp4');
    const controller = new AbortController();
    const video = await openVideo({ kind: 'blob', blob }, twoFps, 'video');
    let seen = 0;
    const walk = async () => {
      for await (const picture of video.frames(controller.signal)) {
        frameNumber(picture);
        if (++seen === 3) controller.abort(reason);
      }
    };
    await expect(walk()).rejects.toBe(reason);
    expect(seen).toBe(3);
    await expect(video.frames().next()).rejects.toBeInstanceOf(Molmo2Error);
  });

  test('leaving the loop early is no error', async () => {
    const video = await openVideo({ kind: 'blob', blob: await file('media/long-gops.mp4') }, twoFps, 'video');
    for await (const picture of video.frames()) {
      expect(frameNumber(picture)).toBe(0);
      break;
    }
    video.close();
  });
});

describe('a list of frames', () => {
  const quarters: PortableImage = { kind: 'url', url: fixtureUrl('media/quarters.png') };
  const list = {
    kind: 'frames',
    frames: [quarters, quarters, quarters],
    timestamps: [0.25, 1, 2.5],
  } as const;

  test('is a video with these times', async () => {
    const video = await openVideo(list, twoFps, 'video');
    expect(video).toMatchObject({
      width: 48,
      height: 32,
      durationSec: 2.5,
      timestamps: [0.25, 1, 2.5],
      startSec: 0,
    });
    let count = 0;
    for await (const picture of video.frames()) count += picture.width === 48 ? 1 : 0;
    expect(count).toBe(3);
  });

  test('can be cut', async () => {
    const video = await openVideo(list, { ...twoFps, startSec: 0.5, endSec: 2 }, 'video');
    expect(video.timestamps).toEqual([0.5]);
    await expect(openVideo(list, { ...twoFps, startSec: 3 }, 'video')).rejects.toMatchObject({
      code: 'bad-request',
    });
  });

  test('of different sizes is refused', async () => {
    const frames = [quarters, { kind: 'url', url: fixtureUrl('media/transparent.png') } as const];
    const video = await openVideo({ kind: 'frames', frames, timestamps: [0, 1] }, twoFps, 'video');
    const walk = async () => {
      for await (const picture of video.frames()) expect(picture.width).toBe(48);
    };
    await expect(walk()).rejects.toThrow(/one size: video, frame 2 is 16 x 16, the first is 48 x 32/);
  });
});
