// Decodes the numbered video it is sent and answers with the numbers of the sampled frames.

import { openVideo } from '../../src/media/video/open-video.ts';
import { frameNumber, twoFps } from '../numbered-frames.ts';

async function numbers(blob: Blob): Promise<number[]> {
  const video = await openVideo({ kind: 'blob', blob }, twoFps, 'video');
  const seen: number[] = [];
  for await (const picture of video.frames()) seen.push(frameNumber(picture));
  video.close();
  return seen;
}

self.onmessage = (event: MessageEvent<Blob>) => {
  void numbers(event.data).then(
    (seen) => self.postMessage(seen),
    (cause: unknown) => self.postMessage(String(cause)),
  );
};
