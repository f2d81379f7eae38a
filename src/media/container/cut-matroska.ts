// A WebM or MKV file whose end is missing: a download that stopped, a recorder that was killed. Demuxers refuse a cluster
// that is longer than what is left of the file, and with it every frame that it still holds; here its length is put
// right, so that it ends with its last whole block.

import { ByteWindow } from './byte-window.ts';
import type { MendedFile } from './mended-file.ts';

const headerId = 0x1a45dfa3;
const segmentId = 0x18538067;
const clusterId = 0x1f43b675;

/** Elements of a segment; a cluster of unknown length ends where one of them begins. */
const topLevelIds = new Set([
  headerId,
  segmentId,
  clusterId,
  0x114d9b74, // SeekHead
  0x1549a966, // Info
  0x1654ae6b, // Tracks
  0x1c53bb6b, // Cues
  0x1941a469, // Attachments
  0x1043a770, // Chapters
  0x1254c367, // Tags
]);

/** Padding and checksums, which may lie anywhere. */
const fillerIds = new Set([0xec, 0xbf]);

interface Element {
  readonly id: number;
  readonly start: number;
  /** Where its contents begin. */
  readonly dataStart: number;
  /** Bytes of the number that says how long it is. */
  readonly sizeBytes: number;
  /** Where it ends; null where the file does not say. */
  readonly end: number | null;
}

/** The element at this place; null at the end of the file, and where there is none. */
async function elementAt(bytes: ByteWindow, start: number): Promise<Element | null> {
  const head = await bytes.read(start, 12);
  const idBytes = Math.clz32(head[0] ?? 0) - 23;
  if (idBytes > 4) return null;
  const sizeBytes = Math.clz32(head[idBytes] ?? 0) - 23;
  const dataStart = start + idBytes + sizeBytes;
  if (sizeBytes > 8 || head.length < idBytes + sizeBytes) return null;
  let id = 0;
  for (let i = 0; i < idBytes; i++) id = id * 256 + (head[i] ?? 0);
  let size = (head[idBytes] ?? 0) & (0xff >> sizeBytes);
  let isUnknown = size === 0xff >> sizeBytes;
  for (let i = 1; i < sizeBytes; i++) {
    const byte = head[idBytes + i] ?? 0;
    if (byte !== 0xff) isUnknown = false;
    size = size * 256 + byte;
  }
  return { id, start, dataStart, sizeBytes, end: isUnknown ? null : dataStart + size };
}

/** Where the last whole child of a cluster ends, and whether the cluster goes on behind the end of the file. */
async function wholeEnd(
  bytes: ByteWindow,
  cluster: Element,
): Promise<{ readonly end: number; readonly isCut: boolean }> {
  let at = cluster.dataStart;
  while (at < bytes.byteLength) {
    const child = await elementAt(bytes, at);
    if (!child || child.end === null || child.end > bytes.byteLength) {
      const isNext = child !== null && topLevelIds.has(child.id);
      return { end: at, isCut: !isNext };
    }
    if (topLevelIds.has(child.id)) return { end: at, isCut: false };
    at = child.end;
  }
  return { end: at, isCut: cluster.end !== null };
}

/** A copy of the file up to `end` in which the cluster says so. */
function shortened(blob: Blob, cluster: Element, end: number): Blob {
  if (cluster.end === null) return blob.slice(0, end);
  const size = new Uint8Array(cluster.sizeBytes);
  let rest = end - cluster.dataStart;
  for (let i = cluster.sizeBytes - 1; i >= 0; i--) {
    size[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  size[0] = (size[0] ?? 0) | (0x100 >> cluster.sizeBytes);
  return new Blob([
    blob.slice(0, cluster.dataStart - cluster.sizeBytes),
    size,
    blob.slice(cluster.dataStart, end),
  ]);
}

/** Looks for a cut end; only the heads of elements are read. Files of other kinds come back as they are. */
export async function mendMatroska(blob: Blob): Promise<MendedFile> {
  const bytes = new ByteWindow(blob);
  const header = await elementAt(bytes, 0);
  const segment = header?.id === headerId && header.end !== null ? await elementAt(bytes, header.end) : null;
  if (segment?.id !== segmentId) return { blob, isCut: false };
  let at = segment.dataStart;
  while (at < blob.size) {
    const element = await elementAt(bytes, at);
    // Something else lies between the clusters: the demuxer looks for the next one by itself.
    if (!element || !(topLevelIds.has(element.id) || fillerIds.has(element.id)))
      return { blob, isCut: false };
    if (element.end !== null && element.end <= blob.size) {
      at = element.end;
      continue;
    }
    // The index and tags behind the frames may be missing without a loss.
    if (element.id !== clusterId) return { blob: blob.slice(0, at), isCut: false };
    const { end, isCut } = await wholeEnd(bytes, element);
    if (isCut) return { blob: shortened(blob, element, end), isCut };
    at = end;
  }
  return { blob, isCut: segment.end !== null && segment.end > blob.size };
}
