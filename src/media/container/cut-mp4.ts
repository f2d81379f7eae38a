// An MP4 or MOV file that ends inside its index, which lies behind the frames: all frames are there, and what is missing is
// mostly the tags that close the index. Demuxers refuse a movie box that is longer than what is left of the file; here it
// ends with its last whole part. The index of a fragment that the file ends in is left out: it announces nothing.

import { ByteWindow } from './byte-window.ts';
import type { MendedFile } from './mended-file.ts';

interface BoxHead {
  readonly type: string;
  /** Bytes of the whole box; 0 where it reaches to the end of the file. */
  readonly byteLength: number;
  readonly headerBytes: number;
}

function boxHead(view: DataView, at: number): BoxHead | null {
  if (view.byteLength - at < 8) return null;
  const type = String.fromCharCode(...[4, 5, 6, 7].map((i) => view.getUint8(at + i)));
  const size = view.getUint32(at);
  if (size !== 1) return { type, byteLength: size, headerBytes: 8 };
  if (view.byteLength - at < 16) return null;
  return { type, byteLength: Number(view.getBigUint64(at + 8)), headerBytes: 16 };
}

/** The box of the file that its end cuts, and where it begins; null where there is none. */
async function cutBox(blob: Blob): Promise<(BoxHead & { readonly start: number }) | null> {
  const bytes = new ByteWindow(blob);
  for (let start = 0; ;) {
    const { buffer, byteOffset, byteLength } = await bytes.read(start, 16);
    const head = boxHead(new DataView(buffer, byteOffset, byteLength), 0);
    if (!head || head.byteLength < head.headerBytes) return null;
    if (start + head.byteLength > blob.size) return { ...head, start };
    start += head.byteLength;
  }
}

/** Bytes of a movie box up to the end of its last whole part. */
function wholeParts(movie: DataView): number {
  let at = 8;
  for (;;) {
    const head = boxHead(movie, at);
    const end = at + (head?.byteLength ?? 0);
    if (!head || head.byteLength < head.headerBytes || end > movie.byteLength) return at;
    at = end;
  }
}

/** Gives the index of a file an end where it says. Frames that are missing are known from the index, not from here. */
export async function mendMp4(blob: Blob): Promise<MendedFile> {
  const cut = await cutBox(blob);
  if (cut?.type === 'moof')
    return { blob: blob.slice(0, cut.start, blob.type), isCut: true, endBytes: cut.start };
  if (cut?.type !== 'moov' || cut.headerBytes !== 8) return { blob, isCut: false };
  const bytes = await blob.slice(cut.start).arrayBuffer();
  const length = wholeParts(new DataView(bytes));
  new DataView(bytes).setUint32(0, length);
  const mended = new Blob([blob.slice(0, cut.start), bytes.slice(0, length)], { type: blob.type });
  return { blob: mended, isCut: false };
}
