// Writes WebM and MKV files as recorders leave them behind, which no well-behaved muxer does: clusters that begin without
// a key frame, no index, unknown lengths, blocks without durations, several tracks.

import { EncodedPacketSink, Input, type EncodedPacket, ALL_FORMATS, BlobSource } from 'mediabunny';

export interface Coded {
  readonly codecId: string;
  readonly privateData: Uint8Array | null;
  readonly width: number;
  readonly height: number;
  readonly packets: readonly EncodedPacket[];
}

const codecIds: Record<string, string> = {
  vp8: 'V_VP8',
  vp9: 'V_VP9',
  av1: 'V_AV1',
  avc: 'V_MPEG4/ISO/AVC',
};

/** The packets of a file's video. */
export async function coded(file: Blob): Promise<Coded> {
  const input = new Input({ formats: ALL_FORMATS, source: new BlobSource(file) });
  const track = await input.getPrimaryVideoTrack();
  const config = await track?.getDecoderConfig();
  if (!track || !config) throw new Error('there is no video to write again');
  const packets: EncodedPacket[] = [];
  for await (const packet of new EncodedPacketSink(track).packets()) packets.push(packet);
  const description = config.description;
  return {
    codecId: codecIds[(await track.getCodec()) ?? ''] ?? 'unknown',
    privateData: description ? new Uint8Array(description as ArrayBuffer).slice() : null,
    width: await track.getCodedWidth(),
    height: await track.getCodedHeight(),
    packets,
  };
}

type Bytes = readonly number[] | Uint8Array;

function joined(parts: readonly Bytes[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const bigEndian = (value: number, bytes: number) =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** (bytes - 1 - i)) % 256);

const idBytes = (id: number) => bigEndian(id, id > 0xffffff ? 4 : id > 0xffff ? 3 : id > 0xff ? 2 : 1);

/** An element whose length takes four bytes, or is not said. */
function element(id: number, data: Bytes, isKnown = true): Uint8Array {
  return joined([idBytes(id), isKnown ? bigEndian(0x10000000 + data.length, 4) : [0xff], data]);
}

const uint = (id: number, value: number) => element(id, bigEndian(value, 4));
const text = (id: number, value: string) => element(id, new TextEncoder().encode(value));

export interface WritingOptions {
  readonly clusterMs?: number;
  /** Whether clusters say how long they are. */
  readonly knowsClusters?: boolean;
  readonly knowsSegment?: boolean;
  /** The track that is marked as the default; all are by default. */
  readonly defaultTrack?: number;
}

function trackEntry({ codecId, privateData, width, height }: Coded, number: number, isDefault: boolean) {
  return element(
    0xae,
    joined([
      uint(0xd7, number),
      uint(0x73c5, number),
      uint(0x83, 1),
      uint(0x88, Number(isDefault)),
      text(0x86, codecId),
      ...(privateData ? [element(0x63a2, privateData)] : []),
      element(0xe0, joined([uint(0xb0, width), uint(0xba, height)])),
    ]),
  );
}

/** One file of these tracks; blocks have no durations, and there is no index. */
export function matroska(tracks: readonly Coded[], options: WritingOptions = {}): Blob {
  const { clusterMs = 400, knowsClusters = true, knowsSegment = true, defaultTrack } = options;
  const blocks = tracks
    .flatMap(({ packets }, i) =>
      packets.map((packet, order) => ({ packet, track: i + 1, share: order / packets.length })),
    )
    .map((block) => ({ ...block, timeMs: Math.round(block.packet.timestamp * 1000) }));
  // Decoding order within each track.
  blocks.sort((a, b) => a.share - b.share);
  const clusters = new Map<number, Uint8Array[]>();
  let start = -Infinity;
  for (const { packet, track, timeMs } of blocks) {
    if (timeMs >= start + clusterMs) {
      start = timeMs;
      clusters.set(start, [uint(0xe7, start)]);
    }
    const offset = bigEndian((timeMs - start + 0x10000) % 0x10000, 2);
    const head = [0x80 + track, ...offset, packet.type === 'key' ? 0x80 : 0];
    clusters.get(start)?.push(element(0xa3, joined([head, packet.data])));
  }
  const segment = [
    element(0x1549a966, joined([uint(0x2ad7b1, 1e6), text(0x4d80, 'test'), text(0x5741, 'test')])),
    element(
      0x1654ae6b,
      joined(
        tracks.map((track, i) =>
          trackEntry(track, i + 1, defaultTrack === undefined || defaultTrack === i + 1),
        ),
      ),
    ),
    ...[...clusters.values()].map((parts) => element(0x1f43b675, joined(parts), knowsClusters)),
  ];
  const header = element(
    0x1a45dfa3,
    joined([
      uint(0x4286, 1),
      uint(0x42f7, 1),
      uint(0x42f2, 4),
      uint(0x42f3, 8),
      text(0x4282, 'matroska'),
      uint(0x4287, 4),
      uint(0x4285, 2),
    ]),
  );
  return new Blob([joined([header, element(0x18538067, joined(segment), knowsSegment)])]);
}
