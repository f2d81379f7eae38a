// The edit list of an MP4 or MOV track: which parts of what is stored are shown, and in which order. Editors that cut
// without encoding again leave the frames in the file and say here what to leave out.

export interface Edit {
  /** Ticks of the media where the part begins; negative for a pause, in which nothing is shown. */
  readonly mediaTicks: number;
  /** How long it is shown, in ticks of the media. */
  readonly durationTicks: number;
}

export interface EditList {
  readonly edits: readonly Edit[];
  /** Ticks of the media per second. */
  readonly ticksPerSec: number;
  /** Ticks that mediabunny takes off every time: it knows pauses and the start of the first part, and no more. */
  readonly appliedTicks: number;
}

interface Box {
  readonly type: string;
  readonly data: DataView;
}

function subview(view: DataView, start: number, end: number): DataView {
  return new DataView(view.buffer, view.byteOffset + start, Math.max(end - start, 0));
}

const typeAt = (view: DataView, at: number) =>
  String.fromCharCode(...[4, 5, 6, 7].map((i) => view.getUint8(at + i)));

/** The length of a box's header and of all of it; null where these are no box. `restBytes` is what is left from here. */
function boxSize(view: DataView, at: number, restBytes: number): { header: number; total: number } | null {
  if (view.byteLength - at < 8) return null;
  const size = view.getUint32(at);
  if (size === 0) return { header: 8, total: restBytes };
  if (size > 1) return size < 8 ? null : { header: 8, total: size };
  return view.byteLength - at < 16 ? null : { header: 16, total: Number(view.getBigUint64(at + 8)) };
}

function boxes(view: DataView): Box[] {
  const found: Box[] = [];
  for (let at = 0; ;) {
    const size = boxSize(view, at, view.byteLength - at);
    if (!size || size.total < size.header || at + size.total > view.byteLength) return found;
    found.push({ type: typeAt(view, at), data: subview(view, at + size.header, at + size.total) });
    at += size.total;
  }
}

const child = (view: DataView | undefined, type: string): DataView | undefined =>
  view && boxes(view).find((box) => box.type === type)?.data;

/** The contents of the movie box, wherever it lies in the file. */
async function movieBox(blob: Blob): Promise<DataView | undefined> {
  for (let at = 0; at + 8 <= blob.size;) {
    const head = new DataView(await blob.slice(at, at + 16).arrayBuffer());
    const size = boxSize(head, 0, blob.size - at);
    if (!size || size.total < size.header) return undefined;
    if (typeAt(head, 0) === 'moov')
      return new DataView(await blob.slice(at + size.header, at + size.total).arrayBuffer());
    at += size.total;
  }
  return undefined;
}

/** Ticks per second, in the movie's header and the media's. */
function timescale(header: DataView | undefined): number {
  if (!header || header.byteLength < 24) return 0;
  return header.getUint32(header.getUint8(0) === 1 ? 20 : 12);
}

interface Entry {
  /** In ticks of the movie. */
  readonly duration: number;
  readonly mediaTicks: number;
  readonly rate: number;
}

function entriesOf(list: DataView): Entry[] {
  const isLong = list.getUint8(0) === 1;
  const bytes = isLong ? 20 : 12;
  const count = Math.min(list.getUint32(4), Math.floor((list.byteLength - 8) / bytes));
  return Array.from({ length: count }, (_, i) => {
    const at = 8 + i * bytes;
    return {
      duration: isLong ? Number(list.getBigUint64(at)) : list.getUint32(at),
      mediaTicks: isLong ? Number(list.getBigInt64(at + 8)) : list.getInt32(at + 4),
      rate: list.getInt32(at + bytes - 4) / 65536,
    };
  });
}

/** What mediabunny does with the list: pauses at the start, then the first part, if it runs at the usual rate. */
function appliedTicks(entries: readonly Entry[], ticksPerMovieTick: number): number {
  let pause = 0;
  for (const { duration, mediaTicks, rate } of entries) {
    if (mediaTicks !== -1) return rate === 1 ? mediaTicks - Math.round(pause * ticksPerMovieTick) : 0;
    pause += duration;
  }
  return 0;
}

/**
 * The edit list of the track with this id. Undefined where there is none, and for fragmented files, whose lists say only
 * where the first part begins.
 */
export async function readEditList(blob: Blob, trackId: number): Promise<EditList | undefined> {
  const movie = await movieBox(blob);
  if (!movie || child(movie, 'mvex')) return undefined;
  const track = boxes(movie)
    .filter(({ type }) => type === 'trak')
    .map(({ data }) => data)
    .find((data) => {
      const header = child(data, 'tkhd');
      return (
        header && header.byteLength >= 24 && header.getUint32(header.getUint8(0) === 1 ? 20 : 12) === trackId
      );
    });
  const list = child(child(track, 'edts'), 'elst');
  const ticksPerSec = timescale(child(child(track, 'mdia'), 'mdhd'));
  const movieTicksPerSec = timescale(child(movie, 'mvhd'));
  if (!list || list.byteLength < 8 || !ticksPerSec || !movieTicksPerSec) return undefined;
  const entries = entriesOf(list);
  const ticksPerMovieTick = ticksPerSec / movieTicksPerSec;
  return {
    edits: entries.map(({ duration, mediaTicks }) => ({
      mediaTicks,
      durationTicks: Math.round(duration * ticksPerMovieTick),
    })),
    ticksPerSec,
    appliedTicks: appliedTicks(entries, ticksPerMovieTick),
  };
}
