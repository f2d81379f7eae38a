// What an MP4's own index says of its end in Node: ffprobe guesses how long the last frame of a fragment lasts, and does
// not tell which frames the index names whose bytes are missing.

import type { EncodedPacketSink, InputVideoTrack } from 'mediabunny';
import { readEditList } from '../container/edit-list.ts';
import { impossibleFrames } from '../container/sample-tables.ts';
import { lacksShown } from '../container/shown-frames.ts';
import { type Demuxer, listPackets, packetsThere } from './packet-list.ts';
import { ReadingWatch } from './reading-watch.ts';

/** Looks into the track with this id; undefined where it cannot be read. */
async function lookInto<T>(
  file: Blob,
  trackId: number,
  look: (sink: EncodedPacketSink, track: InputVideoTrack, demuxer: Demuxer) => Promise<T>,
): Promise<T | undefined> {
  const mediabunny = await import('mediabunny');
  const { BlobSource, EncodedPacketSink: Sink, Input, MP4, QTFF } = mediabunny;
  // It warns of edit lists that it does not apply; here they are.
  mediabunny.Logging.level = mediabunny.LogLevel.Errors;
  const watch = new ReadingWatch();
  const input = new Input({ formats: [MP4, QTFF], source: watch.watched(new BlobSource(file)) });
  try {
    if ((await impossibleFrames(file)) !== null) return undefined;
    const track = (await watch.guard(input.getVideoTracks())).find(({ id }) => id === trackId);
    return track && (await watch.guard(look(new Sink(track), track, mediabunny)));
  } catch {
    // ffmpeg has decoded what there is; a damaged end is told nothing of.
    return undefined;
  } finally {
    input.dispose();
  }
}

export interface FragmentsEnd {
  /** Seconds that the last frame is shown; undefined where the file does not say. */
  readonly durationSec: number | undefined;
  /** Whether bytes of the last frame in decoding order are missing. */
  readonly isMissing: boolean;
}

const timesOnly = { metadataOnly: true } as const;

/** The end of a fragmented file whose last shown frame begins at `lastSec`. */
export async function fragmentsEnd(
  file: Blob,
  trackId: number,
  lastSec: number,
): Promise<FragmentsEnd | undefined> {
  return lookInto(file, trackId, async (sink) => {
    const shown = await sink.getPacket(lastSec + 1e-5, timesOnly);
    let last = await sink.getPacket(Infinity, timesOnly);
    // Of reordered frames the one that is shown last is not the last one stored.
    for (let next = last; next; next = await sink.getNextPacket(next, timesOnly)) last = next;
    return {
      durationSec: shown && Math.abs(shown.timestamp - lastSec) < 1e-4 ? shown.duration : undefined,
      isMissing: last !== null && (await sink.getPacket(last.timestamp)) === null,
    };
  });
}

/** Whether frames that would be shown are missing in a file whose index announces more than there is. */
export async function lacksAnnounced(file: Blob, trackId: number): Promise<boolean> {
  const lacks = await lookInto(file, trackId, async (sink, track, demuxer) => {
    const announced = await listPackets(track, sink, file.size);
    const edits = await readEditList(file, trackId);
    return lacksShown(announced, edits, await packetsThere(demuxer, file, trackId, sink, announced, edits));
  });
  return lacks ?? true;
}
