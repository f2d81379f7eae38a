// What an MP4's index says of how many frames there are. A demuxer makes a list of as many, so that a few bytes which claim
// billions would take all memory: a file cannot hold more frames than bytes.

/** 92 hours at 30 frames a second. */
const mostFrames = 10_000_000;
const largestIndex = 1 << 30;

/** More frames than this no file of so many bytes holds. */
export const framesThatFit = (fileBytes: number): number => Math.min(fileBytes, mostFrames);

interface TopBox {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/** The boxes that say how many frames there are: the index of the file and those of its fragments. */
async function* indexBoxes(blob: Blob): AsyncGenerator<TopBox> {
  for (let start = 0; start + 8 <= blob.size; ) {
    const head = new DataView(await blob.slice(start, start + 16).arrayBuffer());
    const type = String.fromCharCode(...[4, 5, 6, 7].map((i) => head.getUint8(i)));
    let size = head.getUint32(0);
    if (size === 1 && head.byteLength === 16) size = Number(head.getBigUint64(8));
    if (size === 0) size = blob.size - start;
    if (size < 8) return;
    const end = Math.min(start + size, blob.size);
    if (type === 'moov' || type === 'moof') yield { type, start, end };
    start = end;
  }
} // prettier-ignore

/** Wherever a table stands in the index, also where its boxes are damaged: `claims` sees what comes behind its name. */
function largestClaim(index: Uint8Array, name: string, claims: (table: DataView) => number): number {
  const [a, b, c, d] = new TextEncoder().encode(name);
  let most = 0;
  for (let at = index.indexOf(a ?? 0); at >= 0; at = index.indexOf(a ?? 0, at + 1))
    if (index[at + 1] === b && index[at + 2] === c && index[at + 3] === d && at + 12 <= index.length)
      if (!isOfSound(index, at))
        most = Math.max(most, claims(new DataView(index.buffer, index.byteOffset + at + 4)));
  return most;
}

/** Sound that is not compressed has a frame for each sample: where a file is cut off, more than there are bytes. */
function isOfSound(index: Uint8Array, at: number): boolean {
  const text = (start: number) => String.fromCharCode(...index.subarray(start, start + 4));
  for (let before = index.lastIndexOf(0x68, at); before >= 0; before = index.lastIndexOf(0x68, before - 1)) {
    if (text(before) === 'hdlr') return text(before + 12) === 'soun';
    if (before === 0) return false;
  }
  return false;
}

/** Frames of a table of runs: version, number of entries, and for each how many frames it is for and something of them. */
function framesOfRuns(table: DataView): number {
  const entries = Math.min(table.getUint32(4), (table.byteLength - 8) >> 3);
  let sum = 0;
  for (let i = 0; i < entries; i++) sum += table.getUint32(8 + 8 * i);
  return sum;
}

/** The largest number of a table of chunks: the first that an entry is for, and how many frames each of them has. */
function framesOfChunks(table: DataView): number {
  const entries = Math.min(table.getUint32(4), Math.floor((table.byteLength - 8) / 12));
  let most = 0;
  for (let i = 0; i < entries; i++)
    most = Math.max(most, table.getUint32(8 + 12 * i), table.getUint32(12 + 12 * i));
  return most;
}

/** Fields of four bytes that a run of a fragment has for each frame. */
const runFields = [0x100, 0x200, 0x400, 0x800];

/** Frames of a run; one that has bytes for each of its frames ends by itself. */
function framesOfFragment(table: DataView): number {
  const flags = table.getUint32(0) & 0xffffff;
  return runFields.some((field) => (flags & field) !== 0) ? 0 : table.getUint32(4);
}

/** How many frames the index of an MP4 claims, where that is more than the file can hold; else null. */
export async function impossibleFrames(blob: Blob): Promise<number | null> {
  const most = framesThatFit(blob.size);
  for await (const { type, start, end } of indexBoxes(blob)) {
    if (end - start > largestIndex) return end - start;
    const index = new Uint8Array(await blob.slice(start, end).arrayBuffer());
    const claimed =
      type === 'moof'
        ? largestClaim(index, 'trun', framesOfFragment)
        : Math.max(
            largestClaim(index, 'stts', framesOfRuns),
            largestClaim(index, 'ctts', framesOfRuns),
            largestClaim(index, 'stsc', framesOfChunks),
          );
    if (claimed > most) return claimed;
  }
  return null;
}
