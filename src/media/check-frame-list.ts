// Checks a list of frames before anything is decoded, on the user's thread as well as in the worker.

/** Throws TypeError or RangeError unless there is one ascending time for each of at least one frame. */
export function checkFrameList(list: { readonly frames: unknown; readonly timestamps: unknown }): void {
  const { frames, timestamps } = list;
  if (!Array.isArray(frames) || !Array.isArray(timestamps))
    throw new TypeError('video.frames and video.timestamps must be arrays of the same length.');
  if (frames.length === 0) throw new RangeError('video.frames is empty; give at least one frame.');
  if (frames.length !== timestamps.length)
    throw new RangeError(
      `video.frames has ${frames.length} pictures and video.timestamps ${timestamps.length} times; they must be equal.`,
    );
  let previous = -Infinity;
  timestamps.forEach((time: unknown, i) => {
    if (typeof time !== 'number' || !Number.isFinite(time) || time < 0)
      throw new TypeError(`video.timestamps[${i}] must be 0 or more seconds, got ${String(time)}.`);
    if (time <= previous)
      throw new RangeError(`video.timestamps must ascend, but [${i}] is ${time} after ${previous}.`);
    previous = time;
  });
}
