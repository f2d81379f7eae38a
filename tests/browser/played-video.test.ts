// Videos whose frames are taken from the page's own player: the same times and frames as by WebCodecs, and nothing left behind.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Molmo2Error } from '../../src/errors.ts';
import { openVideoElement } from '../../src/media/player/video-element.ts';
import { playerBehind } from '../../src/media/player/player-port.ts';
import { servePlayer } from '../../src/media/player/serve-player.ts';
import { openPlayedFile } from '../../src/media/player/played-video.ts';
import type { Picture } from '../../src/media/picture.ts';
import type { WholeVideo } from '../../src/media/media-types.ts';
import { framePicture } from '../../src/media/picture/frame-picture.ts';
import { openFramed } from '../../src/media/video/open-framed.ts';
import { openVideo, openWholeVideo } from '../../src/media/video/open-video.ts';
import { expectedSamples, frameNumber, meanDifference, type PacketList, twoFps } from '../numbered-frames.ts';
import { samples } from '../parity/samples.ts';
import { coded, matroska } from '../rewrite-matroska.ts';
import { fixtureUrl } from './fixture-url.ts';
import { fixture, rounded, sampled } from './sampled-video.ts';

const packetsOf = async (name: string) =>
  JSON.parse(await (await fixture(`${name}.packets.json`)).text()) as PacketList;

/** A browser whose decoder for pages knows no codec. */
const withoutDecoder = () =>
  vi
    .spyOn(VideoDecoder, 'isConfigSupported')
    .mockImplementation((config) => Promise.resolve({ supported: false, config }));

const clips = (await samples()).filter(({ kind }) => kind === 'video');

let addresses: Set<string>;
beforeEach(() => {
  addresses = new Set();
  const [make, revoke] = [URL.createObjectURL.bind(URL), URL.revokeObjectURL.bind(URL)];
  vi.spyOn(URL, 'createObjectURL').mockImplementation((file) => {
    const url = make(file);
    addresses.add(url);
    return url;
  });
  vi.spyOn(URL, 'revokeObjectURL').mockImplementation((url) => {
    addresses.delete(url);
    revoke(url);
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  expect([...addresses]).toEqual([]);
});

async function picturesOf(
  video: WholeVideo,
): Promise<{ timestamps: readonly number[]; pictures: Picture[] }> {
  const { timestamps, frames } = video.sample(twoFps);
  const pictures: Picture[] = [];
  try {
    for await (const picture of frames()) pictures.push(picture);
  } finally {
    video.close();
  }
  return { timestamps, pictures };
}

describe('where WebCodecs refuses the codec', () => {
  test.each([
    ['h264-b-frames.mp4', 0],
    ['h264-ntsc.mp4', 0], // moments between two frames
    ['vp9.webm', 0],
    ['variable-rate.mp4', 0],
    ['starts-late.mp4', 0],
    ['edit-list.mp4', 0],
    ['one-frame.mp4', 0],
    ['rotated-90.mp4', 270], // upright as the element shows it
  ] as const)('%s: times and frames are those of the rule', async (name, rotation) => {
    withoutDecoder();
    const expected = expectedSamples(await packetsOf(name));
    const video = await openWholeVideo({ kind: 'blob', blob: await fixture(name) }, 'video');
    expect(video.notices?.join()).toMatch(/^The frames of video are taken by seeking .*slower/);
    const { timestamps, pictures } = await picturesOf(video);
    expect(Math.abs(video.durationSec - expected.durationSec)).toBeLessThan(6e-4);
    expect(timestamps.length).toBe(expected.timestamps.length);
    expect(pictures.map((picture) => frameNumber(picture, rotation))).toEqual(expected.numbers);
  });

  test.each(clips.slice(0, 2))(
    'sample $name has the same times, and pictures close to the usual ones',
    async ({ media: [clip] }) => {
      const blob = await (await fetch(fixtureUrl(`samples/${clip}`))).blob();
      const usual = await picturesOf(await openWholeVideo({ kind: 'blob', blob }, 'video'));
      withoutDecoder();
      const played = await picturesOf(await openWholeVideo({ kind: 'blob', blob }, 'video'));
      expect(played.timestamps).toEqual(usual.timestamps);
      expect(played.pictures).toHaveLength(usual.pictures.length);
      played.pictures.forEach((picture, i) =>
        expect(meanDifference(picture, usual.pictures[i] as Picture)).toBeLessThan(1.5),
      );
    },
  );

  test('every frame in its turn, as a clip is written of them', async () => {
    withoutDecoder();
    const video = await openFramed(await fixture('variable-rate.mp4'), 'video');
    const seen: [number, string][] = [];
    for await (const { frame, startSec } of video.everyFrame()) {
      const picture = await framePicture(frame, { width: 96, height: 64 }, video.orientation);
      seen.push([frameNumber(picture), startSec.toFixed(1)]);
    }
    video.close();
    const { packets } = await packetsOf('variable-rate.mp4');
    const starts = packets.map(([sec]) => sec).toSorted((a, b) => a - b);
    expect(seen).toEqual(starts.map((sec, number) => [number, sec.toFixed(1)]));
  });

  test('a codec that the player refuses as well is the error that it was', async () => {
    const blob = await fixture('hevc.mp4');
    await expect(openVideo({ kind: 'blob', blob }, twoFps, 'video')).rejects.toThrow(
      /HEVC .*which this browser cannot decode/,
    );
  });
});

describe('a file that no demuxer here reads', () => {
  test('VP8 in Ogg', async () => {
    expect(rounded(await sampled(await fixture('vp8.ogv')))).toEqual(
      rounded(expectedSamples(await packetsOf('vp8.webm'))),
    );
  });

  test('a live recording, whose length nobody knows, by the player alone', async () => {
    const blob = matroska([await coded(await fixture('vp8.webm'))], {
      knowsClusters: false,
      knowsSegment: false,
    });
    const usual = await sampled(blob);
    const video = await openPlayedFile(blob, 'video');
    if (!video) throw new Error('it is not played');
    const { timestamps, pictures } = await picturesOf(video);
    const numbers = pictures.map((picture) => frameNumber(picture));
    expect(rounded({ durationSec: video.durationSec, timestamps, numbers })).toEqual(rounded(usual));
  });

  test('without a callback for presented frames', async () => {
    const { prototype } = HTMLVideoElement;
    const callback = Object.getOwnPropertyDescriptor(prototype, 'requestVideoFrameCallback');
    Reflect.deleteProperty(prototype, 'requestVideoFrameCallback');
    try {
      const { numbers } = await sampled(await fixture('vp8.ogv'));
      expect(numbers).toEqual(expectedSamples(await packetsOf('vp8.webm')).numbers);
    } finally {
      if (callback) Object.defineProperty(prototype, 'requestVideoFrameCallback', callback);
    }
  });

  test.each(['', '\ufeff', '\n'])(
    'a playlist after %j is never given to the player, which would fetch what it names',
    async (before) => {
      const list = new Blob([`${before}#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/part.ts\n`]);
      await expect(sampled(list)).rejects.toThrow(/not recognised as a video/);
      expect(URL.createObjectURL).not.toHaveBeenCalled();
    },
  );

  test('in a worker without a page is the error that it was', async () => {
    const worker = new Worker(new URL('./video-worker.ts', import.meta.url), { type: 'module' });
    const answer = await new Promise((resolve, reject) => {
      worker.onmessage = (event: MessageEvent<unknown>) => resolve(event.data);
      worker.onerror = reject;
      void fixture('vp8.ogv').then((blob) => worker.postMessage(blob), reject);
    });
    worker.terminate();
    expect(answer).toMatch(/not recognised as a video/);
  });
});

describe('a player', () => {
  test('answers through a port, and is gone when told so', async () => {
    const { port1, port2 } = new MessageChannel();
    servePlayer(await fixture('vp8.ogv'), port2, new AbortController().signal);
    const player = await playerBehind(port1);
    expect([player.width, player.height]).toEqual([96, 64]);
    expect(await player.span()).toEqual({ firstSec: 0, endSec: expect.closeTo(2.2, 4) as number });
    const frames = await Promise.all([1.2, 0.4, 0.4].map((moment) => player.frameAt(moment)));
    expect(frames.map(({ startSec }) => startSec)).toEqual([1.2, 0.4, 0.4]);
    for (const { bitmap } of frames) bitmap.close();
    player.close();
    await vi.waitFor(() => expect(addresses.size).toBe(0));
  });

  test('that cannot play the file says so through the port', async () => {
    const { port1, port2 } = new MessageChannel();
    servePlayer(new Blob(['no video']), port2, new AbortController().signal);
    await expect(playerBehind(port1)).rejects.toThrow(/\w/);
  });

  test('is gone with the worker that it plays for', async () => {
    const { port2 } = new MessageChannel();
    const worker = new AbortController();
    servePlayer(await fixture('vp8.ogv'), port2, worker.signal);
    worker.abort(new Error('the worker was ended'));
    await vi.waitFor(() => expect(addresses.size).toBe(0));
  });

  test('that is cancelled throws the reason, and goes on with the next frame', async () => {
    const player = await openVideoElement(await fixture('vp8.ogv'));
    const reason = new Error('changed my mind');
    const controller = new AbortController();
    const pending = player.frameAt(1, controller.signal);
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
    const { bitmap, startSec } = await player.frameAt(2);
    expect(startSec).toBe(2);
    bitmap.close();
    player.close();
    await expect(player.frameAt(0)).rejects.toThrow('closed');
  });

  test('that fails on the way is one error that says when', async () => {
    withoutDecoder();
    const blob = await fixture('vp9.webm');
    const video = await openWholeVideo({ kind: 'blob', blob }, 'video');
    vi.spyOn(HTMLMediaElement.prototype, 'currentTime', 'set').mockImplementation(function (
      this: HTMLMediaElement,
    ) {
      this.dispatchEvent(new Event('error'));
    });
    const failure: unknown = await picturesOf(video).catch((cause: unknown) => cause);
    expect(failure).toBeInstanceOf(Molmo2Error);
    expect(failure).toMatchObject({ code: 'media-unreadable' });
    expect(String(failure)).toMatch(/video cannot be played at 0\.00 s \(/);
  });
});
