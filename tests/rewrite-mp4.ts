// Changes boxes of an MP4 file that muxers do not write so: edit lists, display matrices, codec parameters.

interface Box {
  readonly type: string;
  readonly data: Uint8Array;
}

const typeOf = (bytes: Uint8Array) => String.fromCharCode(...bytes.subarray(4, 8));
const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export function box(type: string, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(8 + parts.reduce((sum, part) => sum + part.length, 0));
  viewOf(whole).setUint32(0, whole.length);
  whole.set(new TextEncoder().encode(type), 4);
  let at = 8;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function boxes(data: Uint8Array): Box[] {
  const found: Box[] = [];
  for (let at = 0; at < data.length;) {
    const size = viewOf(data).getUint32(at);
    found.push({ type: typeOf(data.subarray(at)), data: data.subarray(at + 8, at + size) });
    at += size;
  }
  return found;
}

export function child(data: Uint8Array, ...types: readonly string[]): Uint8Array | undefined {
  return types.reduce<Uint8Array | undefined>(
    (parent, type) => parent && boxes(parent).find((one) => one.type === type)?.data,
    data,
  );
}

/** The data of a container with `change` done to its children of this type. */
function changed(data: Uint8Array, type: string, change: (data: Uint8Array) => Uint8Array): Uint8Array {
  return joinBoxes(boxes(data).map((one) => (one.type === type ? { type, data: change(one.data) } : one)));
}

function joinBoxes(list: readonly Box[]): Uint8Array<ArrayBuffer> {
  return box('', ...list.map(({ type, data }) => box(type, data))).slice(8);
}

/** Adds to every offset of a chunk, for an index that grew in front of the media. */
function shiftChunks(track: Uint8Array, by: number): Uint8Array {
  const path = (data: Uint8Array, [type = '', ...rest]: readonly string[]): Uint8Array =>
    changed(data, type, (inner) => {
      if (rest.length > 0) return path(inner, rest);
      const offsets = inner.slice();
      const view = viewOf(offsets);
      for (let i = 0; i < view.getUint32(4); i++) view.setUint32(8 + 4 * i, view.getUint32(8 + 4 * i) + by);
      return offsets;
    });
  return path(track, ['mdia', 'minf', 'stbl', 'stco']);
}

/** The file with its tracks changed; `movie` is the data of the whole index. */
export async function withTracks(
  file: Blob,
  change: (track: Uint8Array, movie: Uint8Array) => Uint8Array,
): Promise<Blob> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const top = boxes(bytes);
  const movie = top.find(({ type }) => type === 'moov');
  if (!movie) throw new Error('there is no index');
  const isInFront = top.indexOf(movie) < top.findIndex(({ type }) => type === 'mdat');
  const next = changed(movie.data, 'trak', (track) => change(track, movie.data));
  const grown = isInFront ? next.length - movie.data.length : 0;
  const shifted = changed(next, 'trak', (track) => shiftChunks(track, grown));
  return new Blob([joinBoxes(top.map((one) => (one === movie ? { type: 'moov', data: shifted } : one)))]);
}

/** Seconds of a part of what is stored, null for a pause, and how long it is shown. */
export interface Part {
  readonly fromSec: number | null;
  readonly lastsSec: number;
}

function editList(
  parts: readonly Part[],
  ticksPerSec: number,
  movieTicks: number,
  baseTicks: number,
  isLong: boolean,
) {
  const bytes = isLong ? 20 : 12;
  const data = new Uint8Array(8 + bytes * parts.length);
  const view = viewOf(data);
  view.setUint8(0, Number(isLong));
  view.setUint32(4, parts.length);
  parts.forEach(({ fromSec, lastsSec }, i) => {
    const at = 8 + bytes * i;
    const duration = Math.round(lastsSec * movieTicks);
    const mediaTicks = fromSec === null ? -1 : Math.round(fromSec * ticksPerSec) + baseTicks;
    if (isLong) {
      view.setBigUint64(at, BigInt(duration));
      view.setBigInt64(at + 8, BigInt(mediaTicks));
    } else {
      view.setUint32(at, duration);
      view.setInt32(at + 4, mediaTicks);
    }
    view.setUint32(at + bytes - 4, 0x10000);
  });
  return box('elst', data);
}

/** The file with this edit list; times count from the first frame that was shown before. */
export function withEdits(file: Blob, parts: readonly Part[], isLong = false): Promise<Blob> {
  return withTracks(file, (track, movie) => {
    const ticks = (header: Uint8Array | undefined) => (header ? viewOf(header).getUint32(12) : NaN);
    const old = child(track, 'edts', 'elst');
    // The frames of a reordering codec are shown later than they are decoded; the muxer's own list says by how much.
    const baseTicks = old ? viewOf(old).getInt32(12) : 0;
    const mediaTicks = ticks(child(track, 'mdia', 'mdhd'));
    const list = editList(parts, mediaTicks, ticks(child(movie, 'mvhd')), baseTicks, isLong);
    const others = boxes(track).filter(({ type }) => type !== 'edts');
    return joinBoxes([{ type: 'edts', data: list }, ...others]);
  });
}

/** The file with a display matrix that maps a step to the right to (a, b) and a step down to (c, d). */
export function withMatrix(
  file: Blob,
  matrix: readonly [a: number, b: number, c: number, d: number],
): Promise<Blob> {
  return withTracks(file, (track) =>
    changed(track, 'tkhd', (data) => {
      const header = data.slice();
      const [a, b, c, d] = matrix.map((value) => Math.round(value * 65536)) as [
        number,
        number,
        number,
        number,
      ];
      [a, b, 0, c, d, 0].forEach((value, i) => viewOf(header).setInt32(40 + 4 * i, value));
      return header;
    }),
  );
}
