// A video file open in Node: when its frames are shown, and the pictures at any moments.

import { openAsBlob } from 'node:fs';
import type { PortableFile } from '../media-types.ts';
import type { Picture } from '../picture.ts';
import { type DecodedFrame, framesAt } from '../ffmpeg/choose-frames.ts';
import { decodedPictures } from './decoded-pictures.ts';
import { decodedTimes } from './decoded-times.ts';
import { bracketed, type InputFile } from '../ffmpeg/ffmpeg.ts';
import { mendEnd } from '../container/mend-end.ts';
import type { MendedFile } from '../container/mended-file.ts';
import { impossibleFrames } from '../container/sample-tables.ts';
import type { ShownSpan } from '../sampling/frame-times.ts';
import { localVideo } from './local-video.ts';
import { openMovingFile } from '../moving/moving-file.ts';
import {
  hasExactTimes,
  probeTrack,
  type ProbedTrack,
  storedPackets,
  type StoredPacket,
} from './probe-video.ts';
import { type FragmentsEnd, fragmentsEnd, lacksAnnounced } from './stored-end.ts';
import { cutNotice, isPicture, unreadableVideo } from '../unreadable-video.ts';

export interface OpenFile {
  /** Pixels as a player shows them: after rotation, with square pixels. */
  readonly width: number;
  readonly height: number;
  readonly span: ShownSpan;
  /** What is odd about the file and did not stop it from being opened, as sentences. */
  readonly notices: readonly string[];
  /** One picture for each moment, ascending, in the container's own time. */
  pictures(momentsSec: readonly number[], signal?: AbortSignal): AsyncGenerator<Picture>;
  close(): void;
}

/** What the container says of the last frame's length; NaN where it says nothing. */
function storedDuration(
  { container }: ProbedTrack,
  packets: readonly StoredPacket[],
  frames: readonly DecodedFrame[],
  fragments: FragmentsEnd | undefined,
): number {
  const lastSec = frames.at(-1)?.startSec ?? 0;
  // Other containers store no durations; what ffprobe says of their packets is its guess.
  if (!hasExactTimes(container)) return NaN;
  // Where an edit list hides frames behind the first, what it leaves of the last one is no length of that frame.
  // (Reordered frames that are shown before the first may be stored behind it.)
  const firstShown = packets.findIndex(({ flags }) => !flags?.includes('D'));
  const firstShownSec = Number(packets[firstShown]?.pts_time);
  const isCutBehind = packets
    .slice(firstShown + 1)
    .some(({ flags, pts_time }) => flags?.includes('D') && !(Number(pts_time) < firstShownSec));
  if (isCutBehind && frames.length > 1) return NaN;
  const isLast = ({ pts_time }: StoredPacket) => Math.abs(Number(pts_time) - lastSec) < 1e-5;
  return fragments?.durationSec ?? Number(packets.find(isLast)?.duration_time);
}

/** A last frame without a duration of its own lasts as long as the one before it. */
function shownSpan(
  track: ProbedTrack,
  packets: readonly StoredPacket[],
  frames: readonly DecodedFrame[],
  fragments: FragmentsEnd | undefined,
): ShownSpan {
  const [firstSec, lastSec] = [frames[0]?.startSec ?? 0, frames.at(-1)?.startSec ?? 0];
  const stored = storedDuration(track, packets, frames, fragments);
  const gapSec = lastSec - (frames.at(-2)?.startSec ?? lastSec);
  const endSec = lastSec + (stored > 0 ? stored : gapSec);
  return { firstSec, endSec, fps: frames.length / Math.max(endSec - firstSec, 1e-9) };
}

/** Whether frames that the file announces are missing at its end, and what is stored of its last one. */
async function fileEnd(
  { blob, isCut }: MendedFile,
  { container, trackId, announcedFrames }: ProbedTrack,
  isShort: boolean,
  lastSec: number,
): Promise<{ readonly isCut: boolean; readonly fragments?: FragmentsEnd | undefined }> {
  if (!hasExactTimes(container)) return { isCut: isShort };
  if (container !== 'mov') return { isCut };
  // An edit list may show none of those that are missing.
  if (announcedFrames > 0) return { isCut: isShort && (await lacksAnnounced(blob, trackId)) };
  const fragments = await fragmentsEnd(blob, trackId, lastSec);
  return { isCut: isCut || fragments?.isMissing === true, fragments };
}

async function* picturesAt(
  file: InputFile,
  track: ProbedTrack,
  frames: readonly DecodedFrame[],
  momentsSec: readonly number[],
  label: string,
  decodingMs: number,
  signal?: AbortSignal,
): AsyncGenerator<Picture> {
  const numbers = framesAt(frames, momentsSec);
  const isWanted = new Set(numbers);
  const wanted = frames.filter(({ number }) => isWanted.has(number));
  let next = 0;
  let reason = '';
  const complain = (complaint: string) => (reason = bracketed(complaint));
  for await (const picture of decodedPictures(file, track, wanted, label, decodingMs, complain, signal)) {
    const number = numbers[next];
    while (next < numbers.length && numbers[next] === number) {
      signal?.throwIfAborted();
      yield picture;
      next++;
    }
  }
  if (next === numbers.length) return;
  const moment = `${((momentsSec[next] ?? 0) - (frames[0]?.startSec ?? 0)).toFixed(2)} s`;
  throw unreadableVideo(label, `cannot be decoded at ${moment}${reason}`, 'The file is damaged or cut off.');
}

/** Opens a video; `label` names it in errors. Throws `media-unreadable`, `network` or the signal's reason. */
export async function openVideoFile(
  input: PortableFile,
  label: string,
  signal?: AbortSignal,
): Promise<OpenFile> {
  signal?.throwIfAborted();
  const name = input.kind === 'path' ? `${label} (${input.path})` : label;
  const local = await localVideo(input, name, signal);
  const close = () => local.remove();
  try {
    const moving = isPicture(local.head) ? await openMovingFile(local.path, name, signal) : null;
    if (moving) return { ...moving, close };
    const mended = await mendEnd(await openAsBlob(local.path));
    const claimed = await impossibleFrames(mended.blob);
    if (claimed !== null)
      throw unreadableVideo(
        name,
        `cannot be opened: its index names ${claimed} frames, more than ${mended.blob.size} bytes can hold`,
        'The file is damaged or cut off.',
      );
    // ffmpeg refuses a small file that ends in the head of a fragment.
    const file = { ...local, endBytes: mended.endBytes };
    const track = await probeTrack(file, name, signal);
    const { packets, isShort } = await storedPackets(file, track, name, signal);
    const startMs = performance.now();
    const frames = await decodedTimes(file, track, packets, name, signal);
    const decodingMs = performance.now() - startMs;
    const { isCut, fragments } = await fileEnd(mended, track, isShort, frames.at(-1)?.startSec ?? 0);
    const span = shownSpan(track, packets, frames, fragments);
    return {
      width: track.width,
      height: track.height,
      span,
      notices: isCut ? [cutNotice(name, span.endSec - span.firstSec)] : [],
      pictures: (momentsSec, picturesSignal) =>
        picturesAt(file, track, frames, momentsSec, name, decodingMs, picturesSignal),
      close,
    };
  } catch (cause) {
    close();
    throw cause;
  }
}
