// Videos that someone made to do harm, as ffmpeg gets them in Node: nothing but the file is opened, whatever it says or is
// called, nothing is waited for without end, and damage is refused or decoded. HOSTILE_FFMPEG sets how many damaged files
// are tried.

import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Molmo2Error } from '../../src/errors.ts';
import { programOutput } from '../../src/media/ffmpeg/ffmpeg.ts';
import { openVideo } from '../../src/media/video/open-video-node.ts';
import { one, randomOf } from '../hostile/damage-json.ts';
import { damagedVideo } from '../hostile/damage-video.ts';

const sampling = { maxFrames: 3, maxFps: 2, mode: 'uniform_last_frame', samplingFps: 2 } as const;
const media = resolve('tests/fixtures/media');
const folder = mkdtempSync(join(tmpdir(), 'molmo2-hostile-'));
let asked = 0;
let server: Server;
let origin = '';
beforeAll(async () => {
  server = createServer((_, response) => {
    asked += 1;
    response.end(readFileSync(join(media, 'vp8.webm')));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

/** How many pictures a file gives. */
async function pictures(path: string): Promise<number> {
  const video = await openVideo({ kind: 'path', path }, sampling, 'video 1');
  try {
    let count = 0;
    for await (const picture of video.frames()) count += picture.width > 0 ? 1 : 0;
    return count;
  } finally {
    video.close();
  }
}

const inside = join(media, 'vp8.webm');
const lists = (): readonly (readonly [string, string, string])[] => [
  ['an HLS playlist', '.m3u8', `#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n${origin}/x.ts\n#EXTINF:9,\nfile://${inside}\n#EXT-X-ENDLIST\n`],
  ['a list of files to join', '.ffconcat', `ffconcat version 1.0\nfile '${inside}'\nfile '${origin}/x.webm'\n`],
  ['a DASH manifest', '.mpd', `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet mimeType="video/webm"><Representation id="1"><BaseURL>${origin}/x.webm</BaseURL></Representation></AdaptationSet></Period></MPD>`],
  ['a session description', '.sdp', `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 VP8/90000\n`],
  ['a list of addresses', '.pls', `[playlist]\nFile1=${origin}/x.webm\nNumberOfEntries=1\n`],
  ['a film of pictures', '', 'movie=/etc/passwd'],
]; // prettier-ignore

test('a file that names others opens none of them, whatever it is called', async () => {
  for (const [what, own, text] of lists())
    for (const ending of ['.mp4', own]) {
      const path = join(folder, `list${ending}`);
      writeFileSync(path, text);
      await expect(pictures(path), `${what} as list${ending}`).rejects.toMatchObject({ code: 'media-unreadable' });
    }
  expect(asked).toBe(0);
}); // prettier-ignore

test('a file is opened as that file, whatever its name means to ffmpeg or to a shell', async () => {
  const names = [
    '-i.webm', 'concat:a|b.webm', 'http:x%03d.webm', 'subfile,,start,0,end,0,,:x', "$(touch pwned);`touch pwned` 'ä\u202e.webm",
  ]; // prettier-ignore
  for (const name of names) {
    const path = join(folder, name);
    copyFileSync(join(media, 'one-frame.webm'), path);
    expect(await pictures(path), name).toBeGreaterThan(0);
    rmSync(path);
  }
  expect(asked).toBe(0);
});

describe('a program that never ends', () => {
  test.skipIf(process.platform === 'win32')('is ended, and the error says so', async () => {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'ffprobe'), '#!/bin/sh\necho begun\nexec sleep 600\n');
    chmodSync(join(bin, 'ffprobe'), 0o755);
    const path = process.env['PATH'];
    process.env['PATH'] = `${bin}${delimiter}${path}`;
    try {
      const startMs = performance.now();
      const run = programOutput('ffprobe', [], 'video 1', undefined, 500);
      await expect(run).rejects.toThrow(/^video 1 cannot be read: ffprobe printed nothing for 1 s/);
      await expect(run).rejects.toMatchObject({ code: 'media-unreadable' });
      expect(performance.now() - startMs).toBeLessThan(5000);
    } finally {
      process.env['PATH'] = path;
    }
  });
});

test('damaged videos are refused with an error of ours or give pictures, in time', async () => {
  const inputs = Number(process.env['HOSTILE_FFMPEG'] ?? 6);
  const firstSeed = Number(process.env['HOSTILE_SEED'] ?? 1);
  const files = [
    'h264-b-frames.mp4',
    'edit-list.mp4',
    'one-frame.mp4',
    'clusters.webm',
    'one-frame.webm',
  ].map((name) => new Uint8Array(readFileSync(join(media, name))));
  const count = { accepted: 0, refused: 0 };
  for (let seed = firstSeed; seed < firstSeed + inputs; seed++) {
    const random = randomOf(seed);
    const path = join(folder, 'damaged');
    writeFileSync(path, damagedVideo(one(random, files), random));
    const startMs = performance.now();
    const failure: unknown = await pictures(path).then(
      () => null,
      (cause: unknown) => cause,
    );
    expect(performance.now() - startMs, `HOSTILE_SEED=${seed}`).toBeLessThan(30_000);
    if (failure === null) count.accepted += 1;
    else if (failure instanceof Molmo2Error && failure.code.startsWith('media-')) count.refused += 1;
    else throw new Error(`HOSTILE_SEED=${seed}: no error of ours`, { cause: failure });
  }
  expect(count.accepted).toBeGreaterThan(0);
  expect(count.refused).toBeGreaterThan(0);
});
