// Which packets have to be decoded for the frames that are wanted, in runs that each begin at a key frame.

import type { StoredPacket } from './stored-packet.ts';

export interface DecodeRun {
  /** The packet to begin at. */
  readonly key: number;
  /** The wanted packets, in the order in which the decoder gives them out. */
  readonly wanted: readonly number[];
}

/** The key frame from which this packet is decoded: of frames shown before it, because those shown later may need more. */
export function keyBefore(packets: readonly StoredPacket[], wanted: number): number | null {
  const shownSec = packets[wanted]?.startSec ?? NaN;
  for (let i = wanted; i >= 0; i--) {
    const packet = packets[i];
    if (packet?.isKey && packet.startSec <= shownSec) return i;
  }
  return null;
}

/** Whether each packet can be decoded: what comes before the first key frame of a recording cannot. */
export function decodable(packets: readonly StoredPacket[]): boolean[] {
  let earliestKeySec = Infinity;
  return packets.map(({ isKey, startSec }) => {
    if (isKey) earliestKeySec = Math.min(earliestKeySec, startSec);
    return startSec >= earliestKeySec;
  });
}

/** Frames of one group of pictures share a run as long as they are wanted in ascending order. */
export function decodeRuns(packets: readonly StoredPacket[], wanted: readonly number[]): DecodeRun[] {
  const runs: { key: number; wanted: number[] }[] = [];
  for (const packet of wanted) {
    const key = keyBefore(packets, packet);
    if (key === null) continue;
    const run = runs.at(-1);
    const last = packets[run?.wanted.at(-1) ?? -1];
    if (run?.key === key && last && last.startSec < (packets[packet]?.startSec ?? 0)) run.wanted.push(packet);
    else runs.push({ key, wanted: [packet] });
  }
  return runs;
}
