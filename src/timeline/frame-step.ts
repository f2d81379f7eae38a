// Steps a paused video by single frames. Nothing tells a page a video's frame rate, so the next frame is looked for: the frame
// before ends where the shown one begins, and the way forward is learned from frames that were seen.

/** Shorter than the frames of any usual video. */
const probeSec = 1 / 120;
/** How far a search goes: videos of a frame a second exist. */
const farthestSec = 1.1;

/** Seconds from one frame to the next, as far as they are known. */
const learned = new WeakMap<HTMLVideoElement, number>();

/** Seeks, and resolves with the time of the frame that is shown then. */
async function frameAt(video: HTMLVideoElement, timeSec: number): Promise<number> {
  const seeked = new Promise((resolve) => video.addEventListener('seeked', resolve, { once: true }));
  const shown = new Promise<number>((resolve) =>
    video.requestVideoFrameCallback((_, frame) => resolve(frame.mediaTime)),
  );
  video.currentTime = timeSec;
  await seeked;
  // The same frame may not be presented again.
  const waited = new Promise<number>((resolve) => setTimeout(resolve, 250, timeSec));
  return Promise.race([shown, waited]);
}

/**
 * Shows the frame after the one that begins at `nowSec`, or the one before it. Without `requestVideoFrameCallback` a step is a
 * thirtieth of a second. Resolves with the time of the frame that is shown then.
 */
export async function stepFrame(video: HTMLVideoElement, nowSec: number, direction: 1 | -1): Promise<number> {
  video.pause();
  if (!('requestVideoFrameCallback' in HTMLVideoElement.prototype)) {
    video.currentTime = Math.max(0, nowSec + direction / 30);
    return video.currentTime;
  }
  if (direction < 0) {
    const before = await frameAt(video, Math.max(0, nowSec - 0.002));
    if (before < nowSec) learned.set(video, nowSec - before);
    return before;
  }
  const known = learned.get(video);
  // Into the middle of the next frame, so that no rounding matters.
  for (let far = known === undefined ? probeSec : 1.5 * known; far < farthestSec; far += known ?? probeSec) {
    if (nowSec + far > video.duration) break;
    const at = await frameAt(video, nowSec + far);
    if (at > nowSec + 0.001) {
      if (known === undefined) learned.set(video, at - nowSec);
      return at;
    }
  }
  return nowSec;
}
