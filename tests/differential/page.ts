// The page's half of the comparison: bundled, served, and called by the test.

import { openVideo } from '../../src/media/video/open-video.ts';
import { twoFps } from '../numbered-frames.ts';
import { seenVideo, type Seen } from './seen-video.ts';

declare global {
  var seenInPage: (url: string, rotation: 0 | 90 | 180 | 270) => Promise<Seen>;
}

globalThis.seenInPage = async (url, rotation) => {
  const blob = await (await fetch(url)).blob();
  return seenVideo(openVideo({ kind: 'blob', blob }, twoFps, 'video'), rotation);
};
