// The packets of a track, listed once; and one of them again, with its bytes.

import type { EncodedPacket, EncodedPacketSink, InputVideoTrack } from 'mediabunny';
import { isShownPacket, mayHidePackets } from '../container/hidden-packets.ts';
import type { StoredPacket } from '../container/stored-packet.ts';

const timesOnly = { metadataOnly: true } as const;

/** Every packet of the track in decoding order. Only codecs with hidden frames need the bytes for it. */
export async function listPackets(track: InputVideoTrack, sink: EncodedPacketSink): Promise<StoredPacket[]> {
  const codec = await track.getCodec();
  const options = mayHidePackets(codec) ? {} : timesOnly;
  const ticksPerSec = await track.getTimeResolution();
  const packets: StoredPacket[] = [];
  const first = async () => (await sink.getFirstPacket(options)) ?? sink.getFirstPacket(timesOnly);
  // Of packets behind the end of a file that was cut off, nothing but the times is known.
  const next = async (packet: EncodedPacket) =>
    (await sink.getNextPacket(packet, options)) ?? sink.getNextPacket(packet, timesOnly);
  for (let packet = await first(); packet; packet = await next(packet))
    packets.push({
      sequence: packet.sequenceNumber,
      startSec: packet.timestamp,
      // A usual duration may be finer than the clock; ffmpeg takes whole ticks, and both must end a video alike.
      durationSec: Math.floor(packet.duration * ticksPerSec + 1e-3) / ticksPerSec,
      isKey: packet.type === 'key',
      isShown: packet.isMetadataOnly || isShownPacket(codec, packet.data),
    });
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

/** The packets up to the first whose bytes are missing: an index at the start of a file lists them all the same. */
export async function wholePackets(
  sink: EncodedPacketSink,
  packets: readonly StoredPacket[],
): Promise<readonly StoredPacket[]> {
  const last = packets.at(-1);
  if (!last || (await isWhole(sink, last))) return packets;
  let [whole, missing] = [0, packets.length - 1];
  while (whole < missing) {
    const middle = (whole + missing) >> 1;
    const packet = packets[middle];
    if (packet && (await isWhole(sink, packet))) whole = middle + 1;
    else missing = middle;
  }
  return packets.slice(0, whole);
}
