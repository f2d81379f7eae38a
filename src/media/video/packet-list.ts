// The packets of a track, listed once; and one of them again, with its bytes.

import type * as Mediabunny from 'mediabunny';
import type { EncodedPacket, EncodedPacketSink, InputVideoTrack } from 'mediabunny';
import type { EditList } from '../container/edit-list.ts';
import { framesThatFit } from '../container/sample-tables.ts';
import { isShownPacket, mayHidePackets } from '../container/hidden-packets.ts';
import type { PacketsThere } from '../container/shown-frames.ts';
import type { StoredPacket } from '../container/stored-packet.ts';

const timesOnly = { metadataOnly: true } as const;

/**
 * Every packet of the track in decoding order; `fileBytes` bounds how many there can be, and `onPacket` is called for each.
 * Only codecs with hidden frames need the bytes for it.
 */
export async function listPackets(
  track: InputVideoTrack,
  sink: EncodedPacketSink,
  fileBytes: number,
  onPacket: () => void = () => {},
): Promise<StoredPacket[]> {
  const codec = await track.getCodec();
  const options = mayHidePackets(codec) ? {} : timesOnly;
  const ticksPerSec = await track.getTimeResolution();
  const packets: StoredPacket[] = [];
  const first = async () => (await sink.getFirstPacket(options)) ?? sink.getFirstPacket(timesOnly);
  // Of packets behind the end of a file that was cut off, nothing but the times is known.
  const next = async (packet: EncodedPacket) =>
    (await sink.getNextPacket(packet, options)) ?? sink.getNextPacket(packet, timesOnly);
  for (let packet = await first(); packet; packet = await next(packet)) {
    onPacket();
    if (packets.length === framesThatFit(fileBytes))
      throw new Error(`it lists more than the ${packets.length} frames that ${fileBytes} bytes can hold`);
    packets.push({
      sequence: packet.sequenceNumber,
      startSec: packet.timestamp,
      // A usual duration may be finer than the clock; ffmpeg takes whole ticks, and both must end a video alike.
      durationSec: Math.floor(packet.duration * ticksPerSec + 1e-3) / ticksPerSec,
      isKey: packet.type === 'key',
      isShown: packet.isMetadataOnly || isShownPacket(codec, packet.data),
    });
  }
  return packets;
}

/** The packet with its bytes; null where these are missing. Searches by time, and packet by packet where that fails. */
export async function fetchPacket(
  sink: EncodedPacketSink,
  { sequence, startSec, isKey }: StoredPacket,
): Promise<EncodedPacket | null> {
  const found = isKey ? await sink.getKeyPacket(startSec) : await sink.getPacket(startSec);
  if (found?.sequenceNumber === sequence) return found;
  for (let packet = await sink.getFirstPacket(); packet; packet = await sink.getNextPacket(packet))
    if (packet.sequenceNumber === sequence) return packet;
  return null;
}

/** Whether the bytes of a packet lie in the file. */
async function isWhole(sink: EncodedPacketSink, { startSec, isKey }: StoredPacket): Promise<boolean> {
  return (await (isKey ? sink.getKeyPacket(startSec) : sink.getPacket(startSec))) !== null;
}

/** Packets up to the first of which bytes are missing: an index at the start of a file lists them all the same. */
async function wholeCount(sink: EncodedPacketSink, packets: readonly StoredPacket[]): Promise<number> {
  const last = packets.at(-1);
  if (!last || (await isWhole(sink, last))) return packets.length;
  let [whole, missing] = [0, packets.length - 1];
  while (whole < missing) {
    const middle = (whole + missing) >> 1;
    const packet = packets[middle];
    if (packet && (await isWhole(sink, packet))) whole = middle + 1;
    else missing = middle;
  }
  return whole;
}

/** Longer packets are none that a camera or an encoder writes; their sizes are not believed. */
const longestPacketBytes = 1 << 26;

/**
 * Whether at least one byte of a packet lies in the file. Demuxers do not tell where packets lie; but one that is whole as
 * soon as the file is longer by all of its bytes but one has a byte there.
 */
async function isBegun(
  { BlobSource, EncodedPacketSink: Sink, Input, MP4, QTFF }: Demuxer,
  file: Blob,
  trackId: number,
  { startSec }: StoredPacket,
): Promise<boolean> {
  const lookInto = async (blob: Blob, options: { metadataOnly?: boolean }): Promise<EncodedPacket | null> => {
    const input = new Input({ formats: [MP4, QTFF], source: new BlobSource(blob) });
    try {
      const track = (await input.getVideoTracks()).find(({ id }) => id === trackId);
      return track ? await new Sink(track).getPacket(startSec, options) : null;
    } finally {
      input.dispose();
    }
  };
  const bytes = (await lookInto(file, timesOnly))?.byteLength ?? 0;
  if (bytes < 2 || bytes > longestPacketBytes) return false;
  return (await lookInto(new Blob([file, new Uint8Array(bytes - 1)]), {})) !== null;
}

/** What opens a file again; Node loads it when it is needed. */
export type Demuxer = Pick<typeof Mediabunny, 'BlobSource' | 'EncodedPacketSink' | 'Input' | 'MP4' | 'QTFF'>;

/** How many of a track's packets are in the file. Only an edit list makes a difference of one that is there in part. */
export async function packetsThere(
  demuxer: Demuxer,
  file: Blob,
  trackId: number,
  sink: EncodedPacketSink,
  packets: readonly StoredPacket[],
  edits: EditList | undefined,
): Promise<PacketsThere> {
  const whole = await wholeCount(sink, packets);
  const cut = packets[whole];
  return { whole, begun: whole + (edits && cut && (await isBegun(demuxer, file, trackId, cut)) ? 1 : 0) };
}
