// Runs packets through the browser's decoder and hands over the frames that are wanted.

import type { EncodedPacket, EncodedPacketSink, InputVideoTrack } from 'mediabunny';
import { cleanStart } from '../container/clean-start.ts';
import { type DecodeRun, decodeRuns, keyBefore } from '../container/decode-runs.ts';
import type { StoredPacket } from '../container/stored-packet.ts';
import type { FrameDecoder } from './frame-decoder.ts';
import { fetchPacket } from './packet-list.ts';

export interface PacketSource {
  readonly track: InputVideoTrack;
  readonly sink: EncodedPacketSink;
  /** In decoding order. */
  readonly packets: readonly StoredPacket[];
  readonly config: VideoDecoderConfig;
}

/** A frame and the packet it is of. Whoever gets it closes the frame. */
export interface DecodedFrame {
  readonly packet: number;
  readonly frame: VideoFrame;
}

/** Time stamps for a decoder, in microseconds: ascending as the frames are shown, no two the same. */
function timeStamps(packets: readonly StoredPacket[]): number[] {
  const stamps: number[] = [];
  const startSec = (i: number) => packets[i]?.startSec ?? 0;
  let previous = -Infinity;
  for (const i of [...packets.keys()].toSorted((a, b) => startSec(a) - startSec(b) || a - b))
    stamps[i] = previous = Math.max(Math.round(startSec(i) * 1e6), previous + 1);
  return stamps;
}

/**
 * Whether the times ascend as the packets are stored. Some files have no other times although their codec reorders
 * frames: there the first frame that comes out has the first time, whatever packet it is of.
 */
function isStoredInOrder(codec: string, packets: readonly StoredPacket[]): boolean {
  return (
    /^(avc|hvc|hev)/.test(codec) &&
    packets.every(({ startSec }, i) => startSec > (packets[i - 1]?.startSec ?? -Infinity))
  );
}

/**
 * The packets with the flags of the key frames that are needed put right: containers also mark pictures of open groups,
 * which no decoder begins at. Putting them right first keeps a video of such groups one run.
 */
async function withTrueKeys(
  { track, sink, packets }: PacketSource,
  wanted: readonly number[],
): Promise<readonly StoredPacket[]> {
  const corrected = [...packets];
  const isTrue = new Set<number>();
  for (const place of wanted)
    for (let key = keyBefore(corrected, place); key !== null; key = keyBefore(corrected, place)) {
      const stored: StoredPacket | undefined = corrected[key];
      if (!stored || isTrue.has(key)) break;
      const packet = await fetchPacket(sink, stored);
      if (packet && (await track.determinePacketType(packet)) !== 'delta') isTrue.add(key);
      else corrected[key] = { ...stored, isKey: false };
    }
  return corrected;
}

/** Empties a list one by one, so that what its reader leaves behind can still be closed. */
function* taken(ready: DecodedFrame[]): Generator<DecodedFrame> {
  for (let frame = ready.shift(); frame; frame = ready.shift()) yield frame;
}

/** The frames of one run, as many as come out. */
async function* runFrames(
  source: PacketSource,
  decoder: FrameDecoder,
  run: DecodeRun,
): AsyncGenerator<DecodedFrame> {
  const { sink, packets, config } = source;
  const first = run.key;
  const stored = packets[first];
  const start = stored && (await fetchPacket(sink, stored));
  if (!start) return;
  const span = packets.slice(first, Math.max(...run.wanted) + 1);
  const stamps = timeStamps(span);
  const places = new Map(stamps.map((stamp, i) => [stamp, first + i]));
  const inOrder = isStoredInOrder(config.codec, span);
  const wanted = new Set(run.wanted);
  const ready: DecodedFrame[] = [];
  let out = 0;
  decoder.onFrame = (frame) => {
    const packet = inOrder ? first + out++ : places.get(frame.timestamp);
    if (packet !== undefined && wanted.delete(packet)) ready.push({ packet, frame });
    else frame.close();
  };
  const feed = (packet: EncodedPacket, i: number) => {
    // Frames shown before the one that decoding begins at may need frames that were not decoded; none needs them.
    if (/^(hvc|hev)/.test(config.codec) && packet.timestamp < start.timestamp) return;
    const data = i === 0 ? cleanStart(packet.data, config) : packet.data;
    decoder.decode(
      new EncodedVideoChunk({ data, type: i === 0 ? 'key' : packet.type, timestamp: stamps[i] ?? 0 }),
    );
  };
  try {
    let packet: EncodedPacket | null = start;
    for (let i = 0; packet && i < span.length; i++) {
      while (decoder.isFull && ready.length === 0) await decoder.change();
      yield* taken(ready);
      feed(packet, i);
      packet = await sink.getNextPacket(packet);
    }
    let isFlushed = false;
    decoder.flush(() => (isFlushed = true));
    while (!isFlushed || ready.length > 0) {
      if (ready.length === 0) await decoder.change();
      yield* taken(ready);
    }
  } finally {
    decoder.onFrame = (frame) => frame.close();
    for (const { frame } of ready) frame.close();
  }
}

/** The frames of these packets, in this order, without those that cannot be decoded; a packet may be wanted again. */
export async function* decodePackets(
  source: PacketSource,
  decoder: FrameDecoder,
  wanted: readonly number[],
): AsyncGenerator<DecodedFrame> {
  const packets = await withTrueKeys(source, wanted);
  for (const run of decodeRuns(packets, wanted)) yield* runFrames(source, decoder, run);
}
