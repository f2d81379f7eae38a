import { BufferTarget, EncodedPacket, EncodedVideoPacketSource, Mp4OutputFormat, Output } from 'mediabunny';
import { describe, expect, test } from 'vitest';
import { openVideo } from '../../src/media/video/open-video.ts';
import { expectedSamples, type PacketList, twoFps } from '../numbered-frames.ts';
import { coded, matroska, type Coded } from '../rewrite-matroska.ts';
import { withEdits } from '../rewrite-mp4.ts';
import { expectedOf, fixture, range, rounded, sampled } from './sampled-video.ts';

const packetsOf = async (name: string) =>
  JSON.parse(await (await fixture(`${name}.packets.json`)).text()) as PacketList;

/** What is sampled of the frames that are shown before `endSec`. */
async function expectedBefore(name: string, endSec = Infinity) {
  const { packets } = await packetsOf(name);
  return rounded(expectedSamples({ packets: packets.filter(([pts]) => pts < endSec) }));
}

describe('alternate reference frames as packets of their own are never a picture', () => {
  test.each(['vp8-altref.webm', 'vp9-altref-split.webm'])('%s', async (name) => {
    expect(rounded(await sampled(await fixture(name)))).toEqual(rounded(expectedOf(range(0, 60), 25)));
  });

  test('VP8 in MKV without an index, in clusters of any length', async () => {
    const track = await coded(await fixture('vp8-altref.webm'));
    expect(track.packets.length).toBeGreaterThan(60);
    for (const clusterMs of [100, 1000])
      expect(rounded(await sampled(matroska([track], { clusterMs })))).toEqual(
        rounded(expectedOf(range(0, 60), 25)),
      );
  });

  test('a part that begins and ends at one of them', async () => {
    const track = await coded(await fixture('vp8-altref.webm'));
    const times = track.packets.map(({ timestamp }) => timestamp);
    const twice = times.filter((time, i) => time === times[i + 1]);
    expect(twice.length).toBeGreaterThan(0);
    const blob = await fixture('vp8-altref.webm');
    for (const startSec of twice) {
      const video = await openVideo({ kind: 'blob', blob }, { ...twoFps, startSec, maxFrames: 1 }, 'video');
      let frames = 0;
      for await (const picture of video.frames()) frames += Number(picture.width === 96);
      video.close();
      expect(frames).toBe(1);
    }
  });
});

const layouts = [
  ['in clusters that say how long they are', { knowsClusters: true, knowsSegment: true }],
  ['in clusters of unknown length, as recorders stream them', { knowsClusters: false, knowsSegment: false }],
  ['in a segment of unknown length, as a killed recorder leaves it', { knowsClusters: true, knowsSegment: false }],
] as const; // prettier-ignore

describe('clusters that begin without a key frame, and no index', () => {
  test.each(
    ['vp9.webm', 'vp8.webm', 'h264.mkv', 'av1.mp4'].flatMap((name) =>
      layouts.map(([how, options]) => [name, how, options] as const),
    ),
  )('%s %s', async (name, _, options) => {
    const file = matroska([await coded(await fixture(name))], options);
    expect(rounded(await sampled(file))).toEqual(await expectedBefore(name));
  });

  test('only the parts of a cluster that are asked for', async () => {
    const blob = matroska([await coded(await fixture('clusters.webm'))], { clusterMs: 250 });
    const video = await openVideo({ kind: 'blob', blob }, { ...twoFps, startSec: 3.1, endSec: 3.7 }, 'video');
    expect(video.timestamps.map((time) => time.toFixed(2))).toEqual(['0.00', '0.50', '0.60']);
    video.close();
  });
});

/** Where the last block of a file begins: behind it nothing but that block is lost. */
async function lastBlockStart(track: Coded, file: Blob): Promise<number> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const last = track.packets.at(-1)?.data.length ?? 0;
  return bytes.length - last - 4;
}

describe('a cut end: everything up to the last whole frame', () => {
  test.each(
    ['vp9.webm', 'vp8.webm', 'h264.mkv'].flatMap((name) =>
      layouts.map(([how, options]) => [name, how, options] as const),
    ),
  )('%s %s', async (name, _, options) => {
    const track = await coded(await fixture(name));
    const file = matroska([track], { ...options, clusterMs: 1000 });
    const start = await lastBlockStart(track, file);
    const lost = track.packets.at(-1)?.timestamp ?? 0;
    const { packets } = await packetsOf(name);
    const left = packets.filter(([pts]) => Math.abs(pts - lost) > 1e-3);
    const expected = rounded(expectedSamples({ packets: left.map(([pts, , flags]) => [pts, null, flags]) }));
    for (const end of [file.size - 1, start + 6, start])
      expect(rounded(await sampled(file.slice(0, end)))).toEqual(expected);
    const blob = file.slice(0, file.size - 1);
    const video = await openVideo({ kind: 'blob', blob }, twoFps, 'video');
    video.close();
    expect(video.notices).toEqual([
      `video is cut off: what follows ${video.durationSec.toFixed(2)} s is missing. Download it again to ask about all of it.`,
    ]);
  });

  test('of a file whose index at the front names what is missing', async () => {
    const whole = await fixture('clusters.webm');
    const { durationSec, numbers } = await sampled(whole.slice(0, whole.size * 0.6));
    expect(durationSec).toBeGreaterThan(2);
    expect(numbers.slice(0, 4)).toEqual([0, 12, 25, 37]);
    expect(numbers.at(-1)).toBe(Math.round(durationSec * 25) - 1);
  });

  test.each([0.9, 0.7, 0.45])('%d of an MP4 whose index names more frames than are there', async (share) => {
    const whole = await fixture('long-gops.mp4');
    const cut = whole.slice(0, whole.size * share);
    const { durationSec, numbers } = await sampled(cut);
    const last = Math.round(durationSec * 30) - 1;
    expect(last).toBeLessThan(239);
    expect(numbers).toEqual([...range(0, numbers.length - 1).map((k) => 15 * k), last]);
    const video = await openVideo({ kind: 'blob', blob: cut }, twoFps, 'video');
    video.close();
    expect(video.notices?.join()).toMatch(`is cut off: what follows ${durationSec.toFixed(2)} s is missing`);
  });

  test('that an edit list leaves out is told only where frames that it shows are missing', async () => {
    const edited = await withEdits(await fixture('long-gops.mp4'), [{ fromSec: 0.5, lastsSec: 2 }]);
    const notices = async (blob: Blob) => {
      const video = await openVideo({ kind: 'blob', blob }, twoFps, 'video');
      video.close();
      return video.notices?.length ?? 0;
    };
    expect(await notices(edited)).toBe(0);
    expect(await notices(edited.slice(0, edited.size * 0.9))).toBe(0);
    expect(await notices(edited.slice(0, edited.size * 0.45))).toBe(1);
  });

  test('of VP9 in MP4, whose packets are looked into', async () => {
    const track = await coded(await fixture('vp9.webm'));
    const config = { codec: 'vp09.00.10.08', codedWidth: track.width, codedHeight: track.height };
    const whole = await mp4(track, config, { fastStart: 'in-memory' });
    const cut = whole.slice(0, whole.size - 1);
    const { durationSec } = await sampled(whole);
    const video = await openVideo({ kind: 'blob', blob: cut }, twoFps, 'video');
    video.close();
    expect(video.durationSec).toBeLessThan(durationSec - 0.01);
    expect(video.notices).toHaveLength(1);
  });
});

async function mp4(track: Coded, config: VideoDecoderConfig, options = {}): Promise<Blob> {
  const target = new BufferTarget();
  const output = new Output({ format: new Mp4OutputFormat(options), target });
  const source = new EncodedVideoPacketSource(config.codec.startsWith('avc') ? 'avc' : 'vp9');
  output.addVideoTrack(source);
  await output.start();
  for (const packet of track.packets) await source.add(packet, { decoderConfig: config });
  await output.finalize();
  if (!target.buffer) throw new Error('nothing was written');
  return new Blob([target.buffer]);
}

describe('a level that is stated wrongly', () => {
  test.each(['vp09.00.00.08', 'vp09.00.99.08', 'vp09.00.01.08.00.02.02.02.00'])(
    '%s in MP4',
    async (codec) => {
      const track = await coded(await fixture('vp9.webm'));
      const config = { codec, codedWidth: track.width, codedHeight: track.height };
      expect(rounded(await sampled(await mp4(track, config)))).toEqual(await expectedBefore('vp9.webm'));
    },
  );

  test('level 0 of H.264 in MKV', async () => {
    const track = await coded(await fixture('h264.mkv'));
    const privateData = track.privateData?.slice() ?? new Uint8Array();
    privateData[3] = 0;
    expect(rounded(await sampled(matroska([{ ...track, privateData }])))).toEqual(
      await expectedBefore('h264.mkv'),
    );
  });
});

describe('the end of the last frame', () => {
  test('a fragmented MP4 whose last packet is not the last that is shown', async () => {
    const track = await coded(await fixture('h264-b-frames.mp4'));
    const description = track.privateData ?? new Uint8Array();
    const config = { codec: 'avc1.64000a', codedWidth: 96, codedHeight: 64, description };
    const file = await mp4(track, config, { fastStart: 'fragmented', minimumFragmentDuration: 0.2 });
    expect(rounded(await sampled(file))).toEqual(await expectedBefore('h264-b-frames.mp4'));
  });

  test.each(['vp8.webm', 'vp9.webm', 'h264.mkv'])('%s without durations lasts as long as its predecessor', async (name) => {
    const { packets } = await packetsOf(name);
    const expected = expectedSamples({ packets: packets.map(([pts, , flags]) => [pts, null, flags]) });
    const file = matroska([await coded(await fixture(name))], { clusterMs: 60_000 });
    expect(rounded(await sampled(file))).toEqual(rounded(expected));
  }); // prettier-ignore

  test('a last frame that follows after a pause', async () => {
    const track = await coded(await fixture('vp8.webm'));
    const packets = track.packets
      .slice(0, 26)
      .map(({ data, type, timestamp }, i) => new EncodedPacket(data, type, i === 25 ? 1.6 : timestamp, 0));
    const { durationSec, numbers } = await sampled(matroska([{ ...track, packets }]));
    expect(durationSec).toBeCloseTo(1.6 + (1.6 - 0.96), 3);
    expect(numbers).toEqual([0, 12, 24, 24, 25, 25]);
  });
});

describe('several video tracks', () => {
  test.each([1, 2, 3])('number %i is shown where it is the default', async (defaultTrack) => {
    const names = ['vp9.webm', 'vp8.webm', 'h264.mkv'];
    const tracks = await Promise.all(names.map(async (name) => coded(await fixture(name))));
    const file = matroska(tracks, { defaultTrack });
    expect(rounded(await sampled(file))).toEqual(await expectedBefore(names[defaultTrack - 1] ?? ''));
  });
});

describe('sound in the place of a video', () => {
  const heads: readonly (readonly [name: string, head: readonly number[]])[] = [
    ['an MP3 with a cover', [0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, 0]],
    ['an MP3', [0xff, 0xfb, 0x90, 0x64]],
    ['AAC', [0xff, 0xf1, 0x50, 0x80]],
    ['FLAC', [0x66, 0x4c, 0x61, 0x43]],
    ['WAVE', [...new TextEncoder().encode('RIFF\0\0\0\0WAVEfmt ')]],
    ['Opus', [...new TextEncoder().encode(`OggS${'\0'.repeat(24)}OpusHead`)]],
  ];
  test.each(heads)('%s', async (_, head) => {
    const file = new Blob([Uint8Array.from(head), new Uint8Array(4000)]);
    await expect(sampled(file)).rejects.toThrow(/holds sound but no video/);
  });
});
