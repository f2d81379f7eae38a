// An MP4 or MOV file that ends inside its index, which lies behind the frames: all frames are there, and what is missing is
// mostly the tags that close the index. Demuxers refuse a movie box that is longer than what is left of the file; here it
// ends with its last whole part.

interface BoxHead {
  readonly type: string;
  /** Bytes of the whole box; 0 where it reaches to the end of the file. */
  readonly byteLength: number;
  readonly headerBytes: number;
}

function boxHead(view: DataView, at: number): BoxHead | null {
  if (view.byteLength - at < 16) return null;
  const type = String.fromCharCode(...[4, 5, 6, 7].map((i) => view.getUint8(at + i)));
  const size = view.getUint32(at);
  if (size !== 1) return { type, byteLength: size, headerBytes: 8 };
  return { type, byteLength: Number(view.getBigUint64(at + 8)), headerBytes: 16 };
}

/** Where the movie box begins, if the file ends inside it. */
async function cutMovieBox(blob: Blob): Promise<number | null> {
  for (let at = 0; ;) {
    const head = boxHead(new DataView(await blob.slice(at, at + 16).arrayBuffer()), 0);
    if (!head || head.byteLength < head.headerBytes) return null;
    const end = at + head.byteLength;
    if (head.type === 'moov') return end > blob.size && head.headerBytes === 8 ? at : null;
    at = end;
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

/** The file with an index that ends where it says; the file itself where nothing was to be mended. */
export async function mendMp4(blob: Blob): Promise<Blob> {
  const start = await cutMovieBox(blob);
  if (start === null) return blob;
  const bytes = await blob.slice(start).arrayBuffer();
  const length = wholeParts(new DataView(bytes));
  new DataView(bytes).setUint32(0, length);
  return new Blob([blob.slice(0, start), bytes.slice(0, length)], { type: blob.type });
}
