// Videos in which packets and frames shown are not the same.

import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { frameNumber } from '../numbered-frames.ts';
import { allFrames, ffmpeg, packetCount, record, temporary, videoTest, x264 } from './make-videos.ts';
import { type EditPart, withEdits } from './rewrite-boxes.ts';

async function sampled(path: string) {
  const { video, pictures } = await allFrames(path);
  const numbers = pictures.map((picture) => frameNumber(picture));
  return { durationSec: video.durationSec, timestamps: video.timestamps, numbers };
}

/** What is seen at 2 fps of frames with these numbers, each shown for 1 / rate seconds. */
async function expectShown(path: string, shown: readonly number[], rate = 25): Promise<void> {
  const { durationSec, timestamps, numbers } = await sampled(path);
  expect(Math.abs(durationSec - shown.length / rate)).toBeLessThan(0.002);
  const times: number[] = [];
  for (let k = 0; k / 2 < shown.length / rate - 0.002; k++) times.push(k / 2);
  expect(timestamps.slice(0, -1)).toEqual(times);
  expect(timestamps.at(-1)).toBeCloseTo(shown.length / rate, 2);
  const at = (time: number) => shown[Math.min(Math.floor(time * rate + 1e-6), shown.length - 1)];
  expect(numbers).toEqual(timestamps.map(at));
}

const range = (start: number, end: number) => Array.from({ length: end - start }, (_, i) => start + i);

describe('edit lists', () => {
  const part = (start: number, end: number): EditPart => ({
    mediaSec: start / 25,
    durationSec: (end - start) / 25,
  });
  const pause = (durationSec: number): EditPart => ({ mediaSec: null, durationSec });
  const whole = () => record('stored.mp4', { count: 200 }, [...x264, '-g', '250']);

  const cases: readonly (readonly [name: string, parts: readonly EditPart[], shown: readonly number[]])[] = [
    ['an end that is cut off', [part(0, 50)], range(0, 50)],
    ['a beginning and an end that are cut off', [part(85, 135)], range(85, 135)],
    ['two parts', [part(25, 50), part(125, 150)], [...range(25, 50), ...range(125, 150)]],
    ['two parts in the other order', [part(125, 150), part(25, 50)], [...range(125, 150), ...range(25, 50)]],
    ['one part twice', [part(25, 50), part(25, 50)], [...range(25, 50), ...range(25, 50)]],
    ['a pause before the part', [pause(1), part(30, 80)], range(30, 80)],
    ['one frame', [part(77, 78)], [77]],
  ]; // prettier-ignore
  for (const [name, parts, shown] of cases)
    videoTest(name, () => expectShown(withEdits(whole(), 'edited.mp4', parts), shown));

  videoTest('in MOV', async () => {
    const stored = record('stored.mov', { count: 120 }, [...x264, '-g', '40']);
    await expectShown(withEdits(stored, 'edited.mov', [part(45, 95)]), range(45, 95));
  });

  videoTest('three parts of frames without reordering', async () => {
    const stored = record('plain.mp4', { count: 200 }, ['-c:v', 'mpeg4', '-q:v', '2', '-g', '30']);
    const parts = [part(10, 35), part(60, 85), part(150, 175)];
    const shown = [...range(10, 35), ...range(60, 85), ...range(150, 175)];
    await expectShown(withEdits(stored, 'edited-plain.mp4', parts), shown);
  });
});

describe('alternate reference frames as packets of their own', () => {
  /** The encoder makes them of frames that move: the numbers lie under a texture that wanders. */
  function altref(name: string, codec: string, args: readonly string[] = []): string {
    const encode = (pass: number, path: string) =>
      record(path, { count: 100, isTextured: true }, ['-c:v', codec, '-b:v', '60k', '-g', '250', '-auto-alt-ref', '1',
        '-lag-in-frames', '25', '-arnr-maxframes', '7', '-arnr-strength', '4', '-pass', String(pass),
        '-passlogfile', temporary('log'), ...args, ...(pass === 1 ? ['-f', 'null'] : [])]); // prettier-ignore
    encode(1, 'first-pass');
    return encode(2, name);
  }

  for (const ending of ['webm', 'mkv'])
    videoTest(`VP8 in ${ending}`, async () => {
      const path = altref(`altref.${ending}`, 'libvpx');
      expect(packetCount(path)).toBeGreaterThan(100);
      await expectShown(path, range(0, 100));
    });

  videoTest('VP9 whose superframes are split', async () => {
    const split = temporary('split.webm');
    ffmpeg([
      '-i',
      altref('whole.webm', 'libvpx-vp9'),
      '-c',
      'copy',
      '-bsf:v',
      'vp9_superframe_split',
      '-fflags',
      '-autobsf',
      split,
    ]);
    expect(packetCount(split)).toBeGreaterThan(100);
    await expectShown(split, range(0, 100));
  });
});

describe('packets without times', () => {
  const mpeg4 = ['-c:v', 'mpeg4', '-q:v', '2'];
  const cases: readonly (readonly [name: string, args: readonly string[]])[] = [
    ['h264.avi', x264],
    ['h264-plain.avi', [...x264, '-bf', '0']],
    ['mpeg4.avi', [...mpeg4, '-bf', '2']],
    ['mpeg1.mpg', ['-c:v', 'mpeg1video', '-q:v', '2', '-bf', '2']],
    ['mpeg2.vob', ['-c:v', 'mpeg2video', '-q:v', '2', '-bf', '2']],
    ['raw.h264', x264],
    ['raw.hevc', ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=error']],
    ['raw.m2v', ['-c:v', 'mpeg2video', '-q:v', '2', '-bf', '2']],
    ['raw.m4v', mpeg4],
    ['with-times.flv', x264],
    ['with-times.ts', x264],
    ['with-times.asf', ['-c:v', 'wmv2', '-q:v', '2']],
  ];
  for (const [name, args] of cases)
    videoTest(name, () => expectShown(record(name, { count: 75 }, args), range(0, 75)));
});

describe('a size that changes in the middle: later frames are scaled to the first size', () => {
  /** Parts of 50 frames in these sizes, one behind the other as they are. */
  function joined(name: string, args: readonly string[], sizes: readonly string[], ending = 'webm'): string {
    const parts = sizes.map((size, i) =>
      record(`part-${i}.${ending}`, { count: 50, first: 50 * i }, ['-vf', `scale=${size}:flags=neighbor`, ...args]),
    );
    const list = temporary('parts.txt');
    writeFileSync(list, parts.map((part) => `file '${part}'\n`).join(''));
    const out = temporary(name);
    ffmpeg(['-f', 'concat', '-safe', '0', '-i', list, '-c', 'copy', out]);
    return out;
  }
  const vp8 = ['-c:v', 'libvpx', '-b:v', '400k', '-crf', '10'];
  const vp9 = ['-c:v', 'libvpx-vp9', '-b:v', '0', '-crf', '20'];

  videoTest('smaller, VP8 in WebM', () => expectShown(joined('smaller.webm', vp8, ['96:64', '48:32']), range(0, 100)));
  videoTest('larger and back, VP9 in WebM', () =>
    expectShown(joined('larger.webm', vp9, ['96:64', '192:128', '96:64']), range(0, 150)));
  videoTest('another shape, H.264 in MPEG-TS', () =>
    expectShown(joined('shape.ts', x264, ['96:64', '64:96'], 'ts'), range(0, 100)));
  videoTest('H.264 in MKV, whose parts bring their own parameters', () =>
    expectShown(joined('parameters.mkv', [...x264, '-x264-params', 'repeat-headers=1'], ['96:64', '160:96'], 'ts'), range(0, 100)));
}); // prettier-ignore

describe('a recording that begins in the middle', () => {
  /** A stream of packets of 188 bytes whose key frames are 50 frames apart, without its first fifth. */
  function joinedMidway(name: string, args: readonly string[]): string {
    const bytes = readFileSync(record(`from-start-${name}`, { count: 150 }, args));
    const path = temporary(name);
    writeFileSync(path, bytes.subarray(Math.floor(bytes.length / 5 / 188) * 188));
    return path;
  }
  const every50 = ['-g', '50', '-keyint_min', '50', '-sc_threshold', '0'];

  /** Counted from the end, the frames from the first whole key frame on are right; before it, remains may be shown. */
  async function expectEnd(path: string): Promise<void> {
    const { video, pictures } = await allFrames(path);
    const frames = Math.round(video.durationSec * 25);
    expect(frames).toBeGreaterThanOrEqual(100);
    video.timestamps.forEach((time, i) => {
      const place = frames - 1 - Math.min(Math.floor(time * 25 + 1e-6), frames - 1);
      const picture = pictures[i];
      if (place < 100 && picture) expect(frameNumber(picture)).toBe(149 - place);
    });
    expect(pictures.length).toBe(video.timestamps.length);
  }
  const x265 = [
    '-c:v',
    'libx265',
    '-preset',
    'ultrafast',
    '-x265-params',
    'log-level=error:keyint=50:min-keyint=50',
  ];

  videoTest('H.264', () => expectShown(joinedMidway('avc.ts', [...x264, ...every50]), range(50, 150)));
  videoTest('HEVC', () => expectEnd(joinedMidway('hevc.ts', x265)));
  videoTest('MPEG-2', () =>
    expectEnd(joinedMidway('mpeg2.ts', ['-c:v', 'mpeg2video', '-q:v', '2', ...every50])),
  );
});

describe('a fragmented MP4 whose end is missing', () => {
  const fragments = ['-movflags', 'frag_keyframe+empty_moov', '-g', '25', '-bf', '0'];
  for (const missing of [1, 40, 400])
    videoTest(`by ${missing} bytes ends with its last whole frame`, async () => {
      const whole = readFileSync(
        record('fragments.mp4', { count: 50, isTextured: true }, [...x264, ...fragments]),
      );
      const path = temporary('cut-fragments.mp4');
      // The index of all fragments is the last box; the frames end before it.
      const end = whole.lastIndexOf('mfra') - 4;
      writeFileSync(path, whole.subarray(0, end - missing));
      const { video, pictures } = await allFrames(path);
      const frames = Math.round(video.durationSec * 25);
      expect(frames).toBeGreaterThan(40);
      expect(frames).toBeLessThan(50);
      expect(frameNumber(pictures.at(-1)!)).toBe(frames - 1);
    });
});
