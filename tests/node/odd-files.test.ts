// Files that are not what their names say, and containers whose metadata is unusual.

import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { dirname, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { orient } from '../../src/media/picture/orient.ts';
import { frameNumber } from '../numbered-frames.ts';
import { allFrames, failure, ffmpeg, record, temporary, videoTest, x264 } from './make-videos.ts';
import { withMatrix } from './rewrite-boxes.ts';

const fixture = (name: string) => resolve('tests/fixtures/media', name);
const sineAs = (name: string, args: readonly string[]) => {
  const path = temporary(name);
  ffmpeg([
    '-f',
    'lavfi',
    '-i',
    'sine=440:duration=1',
    '-i',
    fixture('quarters.png'),
    '-map',
    '0',
    ...args,
    path,
  ]);
  return path;
};

describe('a file that names others opens none of them', () => {
  const media = '#EXTM3U\n#EXT-X-TARGETDURATION:8\n#EXTINF:8,\n';
  const texts: Record<string, string> = {
    'an HLS playlist': `${media}other.mp4\n#EXT-X-ENDLIST\n`,
    'an HLS playlist with a whole path': `${media}PATH\n#EXT-X-ENDLIST\n`,
    'an HLS playlist of addresses': `${media}http://127.0.0.1:9/other.mp4\n#EXT-X-ENDLIST\n`,
    'an HLS master playlist': '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nother.m3u8\n',
    'an ffconcat script': 'ffconcat version 1.0\nfile other.mp4\n',
    'an ffconcat script with an option': 'ffconcat version 1.0\nfile other.mp4\noption safe 0\n',
    'a DASH manifest':
      '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT3S" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1" codecs="avc1.64000a"><BaseURL>other.mp4</BaseURL></Representation></AdaptationSet></Period></MPD>',
    'an IMF composition':
      '<?xml version="1.0"?><CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2016"><Id>urn:uuid:0</Id></CompositionPlaylist>',
    'a session description': 'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n',
    'a VobSub index': '# VobSub index file, v7\nsize: 720x576\nid: en, index: 0\ntimestamp: 00:00:01:000, filepos: 000000000\n',
    'a QuickTime reference as text': 'RTSPtext\nrtsp://127.0.0.1:9/other.mp4\n',
    'a SMIL document': '<smil><body><video src="other.mp4"/></body></smil>',
  }; // prettier-ignore

  for (const [name, text] of Object.entries(texts))
    videoTest(name, async () => {
      const folder = temporary('lists');
      mkdirSync(folder, { recursive: true });
      copyFileSync(fixture('h264-b-frames.mp4'), resolve(folder, 'other.mp4'));
      writeFileSync(resolve(folder, 'other.m3u8'), `${media}other.mp4\n#EXT-X-ENDLIST\n`);
      const bytes = Buffer.from(text.replace('PATH', resolve(folder, 'other.mp4')));
      const message = new RegExp(
        `cannot be opened: ${bytes.length} bytes, not recognised as a video( \\(.*\\))?\\. Videos in MP4`,
      );
      for (const ending of ['mp4', 'm3u8', 'mpd', 'sdp', 'idx']) {
        const path = resolve(folder, `video.${ending}`);
        writeFileSync(path, bytes);
        expect((await failure(path)).message).toMatch(message);
      }
      expect((await failure({ kind: 'blob', blob: new Blob([bytes]) })).message).toMatch(message);
    });

  videoTest('a name that is a pattern of names', async () => {
    const path = temporary('frame-%d.png');
    copyFileSync(fixture('quarters.png'), temporary('frame-1.png'));
    writeFileSync(path, 'no picture');
    expect((await failure(path)).message).toMatch(/10 bytes, not recognised as a video/);
  });

  videoTest('a name with a colon, a percent sign or a leading dash is a name', async () => {
    for (const name of ['concat:a|b.mp4', '100%d.mp4', '-i.mp4', "it's, a [name].mp4"]) {
      const path = temporary(name);
      copyFileSync(fixture('one-frame.mp4'), path);
      expect((await allFrames(path)).pictures).not.toHaveLength(0);
    }
  });
});

describe('a picture given as a video', () => {
  const kinds = ['quarters.png', 'quarters.jpg', 'quarters.gif', 'quarters.webp', 'quarters.avif'];
  for (const name of kinds)
    videoTest(name, async () => {
      const kind = name.endsWith('jpg') ? 'JPEG' : name.slice(-4).replace('.', '').toUpperCase();
      expect((await failure(fixture(name))).message).toMatch(`is a picture (${kind}), not a video`);
    });
});

describe('a picture that moves', () => {
  // Frame n lasts a tenth of a second, or four tenths where n is a multiple of five.
  const starts = Array.from({ length: 20 }, (_, n) => n * 0.1 + 0.3 * Math.ceil(n / 5));
  const numberAt = (sec: number) => starts.filter((start) => start <= sec + 1e-6).length - 1;

  test.each(['moving.gif', 'moving.webp'])('%s is a video, as in a page', async (name) => {
    const { video, pictures } = await allFrames(fixture(name));
    expect(video.timestamps.slice(0, 7)).toEqual([0, 0.5, 1, 1.5, 2, 2.5, 3]);
    expect(pictures.map((picture) => frameNumber(picture))).toEqual(video.timestamps.map(numberAt));
  });

  test('a PNG is refused with what makes a video of it', async () => {
    expect((await failure(fixture('moving.png'))).message).toMatch(/animated picture \(PNG\).*ffmpeg -i/);
  });
});

describe('sound with a cover picture holds no video', () => {
  const cover = ['-map', '1', '-disposition:v:0', 'attached_pic'];
  const cases: Record<string, readonly string[]> = {
    'cover.m4a': ['-c:v', 'mjpeg', '-c:a', 'aac', ...cover],
    'cover.mp3': ['-c:v', 'mjpeg', '-id3v2_version', '3', ...cover],
    'cover.flac': ['-c:v', 'png', ...cover],
    'cover.mka': [
      '-c:a',
      'libopus',
      '-attach',
      fixture('quarters.jpg'),
      '-metadata:s:t',
      'mimetype=image/jpeg',
    ],
  };
  for (const [name, args] of Object.entries(cases))
    videoTest(name, async () => {
      expect((await failure(sineAs(name, args))).message).toMatch(
        /holds sound but no video\. Choose a file with/,
      );
    });

  videoTest('a video with a cover picture is the video', async () => {
    const path = temporary('covered.mp4');
    const tracks = ['-map', '1', '-map', '0', '-c', 'copy', '-disposition:v:0', 'attached_pic'];
    ffmpeg(['-i', fixture('h264-b-frames.mp4'), '-i', fixture('quarters.jpg'), ...tracks, path]);
    const { pictures } = await allFrames(path);
    expect(pictures.map((picture) => frameNumber(picture))).toEqual([0, 15, 30, 45, 60, 74]);
  });
});

describe('of several video tracks the default one is shown', () => {
  function twoTracks(name: string, ...dispositions: readonly [string, string]): string {
    const path = temporary(name);
    const [first, second] = ['one', 'two'].map((part, i) =>
      record(`${part}.mkv`, { count: 50, first: 100 * i }, [...x264, '-g', '250']),
    );
    const marks = dispositions.flatMap((mark, i) => [`-disposition:v:${i}`, mark]);
    ffmpeg(['-i', first ?? '', '-i', second ?? '', '-map', '0', '-map', '1', '-c', 'copy', ...marks, path]);
    return path;
  }
  const cases: readonly (readonly [string, string, string, number])[] = [
    ['second.mkv', '0', 'default', 100],
    ['second.mp4', '0', 'default', 100],
    ['first.mkv', 'default', '0', 0],
    ['none.mkv', '0', '0', 0],
  ];
  for (const [name, one, two, first] of cases)
    videoTest(name, async () => {
      const { pictures } = await allFrames(twoTracks(name, one, two));
      expect(pictures.map((picture) => frameNumber(picture) - first)).toEqual([0, 12, 25, 37, 49]);
    });
});

describe('display matrices', () => {
  const quarters = [
    ['upright', [1, 0, 0, 1], 0, false],
    ['a quarter turn', [0, 1, -1, 0], 90, false],
    ['a half turn', [-1, 0, 0, -1], 180, false],
    ['three quarter turns', [0, -1, 1, 0], 270, false],
    ['mirrored', [-1, 0, 0, 1], 0, true],
    ['upside down', [1, 0, 0, -1], 180, true],
    ['a quarter turn, mirrored', [0, 1, 1, 0], 90, true],
    ['three quarter turns, mirrored', [0, -1, -1, 0], 270, true],
  ] as const;
  for (const [name, matrix, rotation, flip] of quarters)
    videoTest(name, async () => {
      const path = withMatrix(record('stored-matrix.mp4', { count: 50 }, x264), 'turned.mp4', matrix);
      const { video, pictures } = await allFrames(path);
      const isTurned = rotation % 180 === 90;
      expect([video.width, video.height]).toEqual(isTurned ? [64, 96] : [96, 64]);
      // The mirroring is the last step, so it is the first to be undone.
      const unmirrored = pictures.map((picture) => orient(picture, { rotation: 0, flip }));
      const numbers = unmirrored.map((picture) => frameNumber(picture, rotation));
      expect(numbers).toEqual([0, 12, 25, 37, 49]);
    });

  const half = Math.SQRT1_2;
  const others = [
    ['an eighth of a turn', [half, half, -half, half]],
    ['an angle of 10 degrees', [0.9848, 0.1736, -0.1736, 0.9848]],
    ['nothing but zeros', [0, 0, 0, 0]],
  ] as const;
  for (const [name, matrix] of others)
    videoTest(`${name} is left out`, async () => {
      const path = withMatrix(record('stored-matrix.mp4', { count: 50 }, x264), 'odd.mp4', matrix);
      const { video, pictures } = await allFrames(path);
      expect([video.width, video.height]).toEqual([96, 64]);
      expect(pictures.map((picture) => frameNumber(picture))).toEqual([0, 12, 25, 37, 49]);
    });

  videoTest('twice as wide is shown in that shape', async () => {
    const path = withMatrix(record('stored-matrix.mp4', { count: 50 }, x264), 'wide.mp4', [2, 0, 0, 1]);
    const { video, pictures } = await allFrames(path);
    expect([video.width, video.height]).toEqual([192, 64]);
    expect(pictures.map((picture) => frameNumber(picture))).toEqual([0, 12, 25, 37, 49]);
  });
});

describe('how long the last frame lasts', () => {
  /** Frames at 0, 0.1, 0.2, 0.3 and 0.6 s. */
  const uneven = ['-vf', "setpts='(N*0.1+0.2*gte(N,4))/TB'", '-vsync', 'vfr'];
  const vp8 = ['-c:v', 'libvpx', '-b:v', '400k', '-crf', '10'];

  /** WebM as recorders write it: without the duration of frames in general. */
  function withoutDefaultDuration(path: string, name: string): string {
    const bytes = readFileSync(path);
    const at = bytes.indexOf(Buffer.from([0x23, 0xe3, 0x83]));
    if (at >= 0) {
      // An element of the same length that means nothing.
      const byteLength = 4 + ((bytes[at + 3] ?? 0) & 0x7f);
      bytes.fill(0, at, at + byteLength);
      bytes[at] = 0xec;
      bytes[at + 1] = 0x80 | (byteLength - 2);
    }
    const out = temporary(name);
    writeFileSync(out, bytes);
    return out;
  }

  videoTest('as long as the one before it, where WebM does not say', async () => {
    const path = withoutDefaultDuration(
      record('uneven.webm', { count: 5, rate: 10 }, [...uneven, ...vp8]),
      'rec.webm',
    );
    const { video, pictures } = await allFrames(path);
    expect(video.durationSec).toBeCloseTo(0.9, 3);
    expect(pictures.map((picture) => frameNumber(picture))).toEqual([0, 3, 4]);
  });

  videoTest('the same in MKV with reordered frames', async () => {
    const stored = record('reordered.mkv', { count: 30, rate: 10 }, x264);
    const { video } = await allFrames(withoutDefaultDuration(stored, 'rec.mkv'));
    expect(video.durationSec).toBeCloseTo(3, 3);
  });

  videoTest('as the container says', async () => {
    const { video } = await allFrames(record('stated.webm', { count: 25, rate: 10 }, vp8));
    expect(video.durationSec).toBeCloseTo(2.5, 3);
  });

  videoTest('in a fragmented MP4, whose last packet is not the last frame', async () => {
    const fragments = ['-movflags', 'frag_keyframe+empty_moov', '-g', '30'];
    const { video, pictures } = await allFrames(
      record('piped.mp4', { count: 90, rate: 30 }, [...x264, ...fragments]),
    );
    expect(video.durationSec).toBeCloseTo(3, 3);
    expect(frameNumber(pictures.at(-1)!)).toBe(89);
  });

  videoTest('in a fragmented MP4 of uneven frames, as the fragment says', async () => {
    const fragments = ['-movflags', 'frag_keyframe+empty_moov', '-bf', '0'];
    const path = record('fragments.mp4', { count: 5, rate: 10 }, [...uneven, ...x264, ...fragments]);
    // A tenth of a second, as its encoder was told, and not the three tenths of the one before it.
    expect((await allFrames(path)).video.durationSec).toBeCloseTo(0.7, 4);
  });
});

describe('what is no file', () => {
  test('a pipe is read', async () => {
    const path = temporary('pipe');
    expect(spawnSync('mkfifo', [path]).status).toBe(0);
    const writer = spawn('sh', ['-c', 'cat "$0" > "$1"', fixture('one-frame.mp4'), path]);
    const written = once(writer, 'exit');
    const outcome = await allFrames(path).catch((cause: unknown) => String(cause));
    await written;
    if (typeof outcome === 'string') expect(outcome).toMatch(/ffprobe.*not found/);
    else expect(frameNumber(outcome.pictures[0]!)).toBe(0);
  });

  videoTest('an open file under /dev/fd', async () => {
    const { pictures } = await allFrames(`/dev/fd/${openSync(fixture('one-frame.mp4'), 'r')}`);
    expect(frameNumber(pictures[0]!)).toBe(0);
  });

  videoTest('an empty pipe is empty', async () => {
    const path = temporary('empty-pipe');
    spawnSync('mkfifo', [path]);
    spawn('sh', ['-c', ': > "$0"', path]);
    expect((await failure(path)).message).toMatch(/empty \(0 bytes\)/);
  });

  test('a folder is refused', async () => {
    expect((await failure(dirname(fixture('one-frame.mp4')))).message).toMatch(
      /cannot be read.*Check the path/,
    );
  });
});
