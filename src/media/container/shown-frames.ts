// Which stored packets are shown, and when: edit lists are applied, hidden packets and what lies before time 0 left out.

import type { EditList } from './edit-list.ts';
import type { StoredPacket } from './stored-packet.ts';

export interface ShownFrame {
  /** When it appears, in the container's own time. */
  readonly startSec: number;
  /** Which packet it is decoded from, counted in decoding order. */
  readonly packet: number;
}

/** How many packets of those that a file names are in it, counted from the first in decoding order. */
export interface PacketsThere {
  /** Packets of which every byte is there. */
  readonly whole: number;
  /** Packets of which a byte is there: one more than are whole where the file ends inside a packet. */
  readonly begun: number;
}

/**
 * In the order of showing. A packet that is repeated by an edit list occurs more than once. Of the packets behind those
 * that are whole nothing is shown.
 */
export function shownFrames(
  packets: readonly StoredPacket[],
  list: EditList | undefined,
  there: PacketsThere = allThere(packets),
): ShownFrame[] {
  return list ? editedFrames(packets, list, there) : inOrder(asStored(packets.slice(0, there.whole)));
}

/** Whether frames that would be shown are missing because not every packet is there. */
export function lacksShown(
  announced: readonly StoredPacket[],
  list: EditList | undefined,
  there: PacketsThere,
): boolean {
  return shownFrames(announced, list, there).length < shownFrames(announced, list).length;
}

const allThere = ({ length }: readonly StoredPacket[]): PacketsThere => ({ whole: length, begun: length });

const inOrder = (frames: readonly ShownFrame[]): ShownFrame[] =>
  frames.toSorted((a, b) => a.startSec - b.startSec || a.packet - b.packet);

function asStored(packets: readonly StoredPacket[]): ShownFrame[] {
  return packets.flatMap(({ startSec, isShown }, packet) =>
    isShown && startSec >= 0 ? [{ startSec, packet }] : [],
  );
}

/** When each packet is due at the decoder, in ticks from the first. */
function dueTicks(packets: readonly StoredPacket[], ticksPerSec: number): number[] {
  let ticks = 0;
  return packets.map(({ durationSec }) => {
    const due = ticks;
    ticks += Math.round(durationSec * ticksPerSec);
    return due;
  });
}

/**
 * The last packet that is read for a part of which every tick before `endTicks` is shown: the key frame at its end, and of
 * reordered frames the one behind that, since some that are stored after a key frame are shown before it.
 */
function lastRead(
  packets: readonly StoredPacket[],
  starts: readonly number[],
  endTicks: number,
  ticksPerSec: number,
): number {
  const isReordered = starts.some((start, i) => start < (starts[i - 1] ?? -Infinity));
  let keys = isReordered ? 2 : 1;
  const last = packets.findIndex(({ isKey, durationSec }, i) => {
    const end = (starts[i] ?? NaN) + Math.round(durationSec * ticksPerSec);
    return isKey && end >= endTicks && --keys === 0;
  });
  return last < 0 ? packets.length - 1 : last;
}

/**
 * As browsers and ffmpeg play edits: a part shows the frames that begin in it, and its first frame in decoding order is
 * due when the part begins, also where the part begins between two frames. Pauses count at the start only. Parts are read
 * one after the other, so that nothing follows the first packet of which no byte is there. One whose end is missing is left
 * out, and ends nothing.
 */
function editedFrames(
  packets: readonly StoredPacket[],
  list: EditList,
  { whole, begun }: PacketsThere,
): ShownFrame[] {
  const { edits, ticksPerSec, appliedTicks } = list;
  const starts = packets.map(({ startSec }) => Math.round(startSec * ticksPerSec) + appliedTicks);
  const due = dueTicks(packets, ticksPerSec);
  const parts: ShownFrame[][] = [];
  let partTicks = 0;
  for (const { mediaTicks, durationTicks } of edits) {
    const isPause = mediaTicks < 0 && parts.length === 0;
    const inside = isPause
      ? []
      : [...starts.keys()].filter((i) => {
          const start = starts[i] ?? NaN;
          return start >= mediaTicks && start < mediaTicks + durationTicks;
        });
    const firstDue = due[inside[0] ?? 0] ?? 0;
    if (!isPause)
      parts.push(
        inside
          .filter((i) => packets[i]?.isShown && i < whole)
          .map((i) => ({ startSec: partTicks + (starts[i] ?? 0) - firstDue, packet: i })),
      );
    const endTicks = mediaTicks + durationTicks;
    if (!isPause && lastRead(packets, starts, endTicks, ticksPerSec) >= begun) break;
    partTicks += durationTicks;
  }
  const earliest = parts.flat().reduce((least, { startSec }) => Math.min(least, startSec), Infinity);
  let previousSec = 0;
  // A part that begins between two frames may reach into the next one; what comes later in the list is then on top.
  return parts.flatMap((part) =>
    inOrder(part).map(({ startSec, packet }) => {
      previousSec = Math.max((startSec - earliest) / ticksPerSec, previousSec);
      return { startSec: previousSec, packet };
    }),
  );
}
