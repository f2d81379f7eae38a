// MP4 and WebM files that were damaged at random, or with intent, read as a page reads them up to its decoder: listed or
// refused, in time and within their memory. What the browser's decoder makes of such files is asked in
// tests/browser/hostile-videos.test.ts, what ffmpeg makes of them in tests/node/hostile-videos.test.ts.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openContainer } from '../../src/media/video/container-video.ts';
import { SilenceWatch } from '../../src/media/silence-watch.ts';
import { measured } from '../hostile/asked-bytes.ts';
import { one } from '../hostile/damage-json.ts';
import { damagedVideo } from '../hostile/damage-video.ts';
import { eachSeed, inputsOf } from '../hostile/each-seed.ts';

const sampling = { maxFrames: 8, maxFps: 2, mode: 'uniform_last_frame', samplingFps: 2 } as const;
const file = (name: string) => new Uint8Array(readFileSync(`tests/fixtures/media/${name}`));
const videos = {
  mp4: ['h264-b-frames.mp4', 'edit-list.mp4', 'av1.mp4', 'variable-rate.mp4', 'one-frame.mp4'].map(file),
  webm: ['vp8.webm', 'clusters.webm', 'one-frame.webm', 'vp9-altref-split.webm', 'h264.mkv'].map(file),
};

// Node has no decoder to ask. One that accepts every configuration lets the reading go on to its end.
const inPage = {
  VideoDecoder: { isConfigSupported: async () => ({ supported: true }) },
  ...(typeof navigator === 'undefined' && { navigator: {} }),
};
beforeAll(() => Object.assign(globalThis, inPage));
afterAll(() => Object.keys(inPage).forEach((name) => Reflect.deleteProperty(globalThis, name)));

/** Everything that is read before the first packet is decoded. */
async function read(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const video = await openContainer(new Blob([bytes]), 'video 1');
  try {
    expect(video.width * video.height).toBeLessThanOrEqual(100e6);
    const { timestamps } = video.sample(sampling);
    expect(timestamps.length).toBeLessThanOrEqual(8);
    expect(timestamps.every((time) => Number.isFinite(time))).toBe(true);
  } finally {
    video.close();
  }
}

describe.each(Object.entries(videos))('%s', (_, whole) => {
  test('files are read as they are', async () => {
    for (const bytes of whole) await read(bytes);
  });

  test('files that are damaged are refused with an error of ours or are listed in time', async () => {
    const inputs = inputsOf(250);
    const limits = { codes: ['media-unreadable', 'media-too-large'] } as const;
    const count = await eachSeed(inputs, limits, (random) => {
      const bytes = damagedVideo(one(random, whole), random);
      return { byteLength: bytes.byteLength, read: () => read(bytes) };
    });
    expect(count.accepted).toBeGreaterThan(inputs / 20);
    expect(count.refused).toBeGreaterThan(inputs / 20);
  });
});

describe('one fault at a time', () => {
  const [whole] = videos.mp4;

  /** The clip with the number behind the name of a table set to `value`; `at` counts bytes from the name. */
  function withNumber(name: string, at: number, value: number): Uint8Array<ArrayBuffer> {
    const bytes = whole!.slice() as Uint8Array<ArrayBuffer>;
    const place = Buffer.from(bytes.buffer).indexOf(name);
    if (place < 0) throw new Error(`no ${name} in the clip`);
    new DataView(bytes.buffer).setUint32(place + at, value);
    return bytes;
  }

  test.each([
    ['stts', 12],
    ['ctts', 12],
    ['stsc', 16],
  ])('a table %s that names two billion frames is refused before they are listed', async (name, at) => {
    let failure: unknown;
    const { elapsedMs, grown } = await measured(async () => {
      failure = await read(withNumber(name, at, 2 ** 31)).catch((cause: unknown) => cause);
    });
    expect(failure).toMatchObject({ code: 'media-unreadable' });
    expect(String(failure)).toMatch(/its index names 2\d{9} frames, more than 4614 bytes can hold/);
    expect(elapsedMs).toBeLessThan(2000);
    expect(grown).toBeLessThan(64 * 1024 * 1024);
  });

  test('a WebM file whose parts lead in circles is refused', async () => {
    const bytes = videos.webm[0]!.slice() as Uint8Array<ArrayBuffer>;
    const seekHead = Buffer.from(bytes.buffer).indexOf(Buffer.from('114d9b74', 'hex'));
    bytes[seekHead + 4] = 0; // no length has this first byte
    await expect(read(bytes)).rejects.toThrow(/cannot be opened \(its parts lead in circles\)/);
  });

  test('a decoder that never answers is not waited for', async () => {
    class SilentDecoder {
      static isConfigSupported = async () => ({ supported: true });
      readonly state = 'configured';
      readonly decodeQueueSize = 0;
      configure() {}
      decode() {}
      flush = () => new Promise(() => {});
      close() {}
      addEventListener() {}
    }
    vi.stubGlobal('VideoDecoder', SilentDecoder);
    vi.stubGlobal('EncodedVideoChunk', class {});
    const video = await openContainer(new Blob([whole as Uint8Array<ArrayBuffer>]), 'video 1');
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    try {
      const frame = video.sample(sampling).frames().next();
      frame.catch(() => {}); // looked at below
      // Reading takes some turns of the event loop first.
      for (let i = 0; i < 15; i++) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        await vi.advanceTimersByTimeAsync(1000);
      }
      await expect(frame).rejects.toMatchObject({
        code: 'media-unreadable',
        message: expect.stringContaining('cannot be decoded at 0.00 s (nothing came for 8 seconds)'),
      });
    } finally {
      vi.useRealTimers();
      vi.unstubAllGlobals();
      video.close();
    }
  });

  test('a picture size that no page can hold is refused before a frame is decoded', async () => {
    const bytes = whole!.slice() as Uint8Array<ArrayBuffer>;
    const entry = Buffer.from(bytes.buffer).indexOf('avc1', Buffer.from(bytes.buffer).indexOf('stsd'));
    new DataView(bytes.buffer).setUint32(entry + 28, 0x7fff7fff);
    await expect(read(bytes)).rejects.toMatchObject({ code: 'media-too-large' });
  });
});

describe('a watch over silence', () => {
  test('ends what nothing comes of, and leaves alone what goes on', async () => {
    const watch = new SilenceWatch(700);
    await expect(watch.guard(new Promise(() => {}))).rejects.toThrow('nothing came for 0.7 seconds');
    const slow = async () => {
      for (let i = 0; i < 6; i++) {
        await new Promise((resolve) => setTimeout(resolve, 180));
        watch.heard();
      }
      return 'done';
    };
    expect(await watch.guard(slow())).toBe('done');
  });

  test('ends values of which the next one never comes', async () => {
    const watch = new SilenceWatch(100);
    async function* stuck(): AsyncGenerator<number> {
      yield 1;
      await new Promise(() => {});
    }
    const seen: number[] = [];
    const all = async () => {
      for await (const value of watch.each(stuck())) seen.push(value);
    };
    await expect(all()).rejects.toThrow('nothing came for 0.1 seconds');
    expect(seen).toEqual([1]);
  });
});
