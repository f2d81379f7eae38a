// PNG files whose last bytes are missing.

const signatureBytes = 8;
/** Length, type and checksum. */
const frameBytes = 12;
const endChunk = [0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82];

interface BrokenOff {
  /** Where the chunk begins that is not whole. */
  readonly at: number;
  /** Its type, as far as it is there. */
  readonly type: string;
  /** Whether pieces of the pixels come before it. */
  readonly hasPixels: boolean;
}

/** Where a file breaks off; null where it has its end. */
function brokenOff(bytes: Uint8Array): BrokenOff | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const typeAt = (at: number) => String.fromCharCode(...bytes.subarray(at + 4, at + 8));
  let at = signatureBytes;
  let hasPixels = false;
  while (at + frameBytes <= bytes.length) {
    const next = at + frameBytes + view.getUint32(at);
    const type = typeAt(at);
    if (next > bytes.length) break;
    if (type === 'IEND') return null;
    hasPixels ||= type === 'IDAT';
    at = next;
  }
  return { at, type: typeAt(at), hasPixels };
}

/** Whether a file breaks off within its pixels. Firefox shows what is there of them, other decoders refuse it. */
export function endsInPixels(bytes: Uint8Array): boolean {
  return brokenOff(bytes)?.type === 'IDAT';
}

/**
 * The file with an end chunk, where it breaks off behind the last piece of its pixels: `<img>` shows such a picture, and
 * decoders differ in whether they refuse it. Any other file is given back as it is.
 */
export function wholePng(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const end = brokenOff(bytes);
  // A piece of the pixels that is cut stays cut, for the decoder to refuse.
  if (!end?.hasPixels || end.type === 'IDAT') return bytes;
  const whole = new Uint8Array(end.at + endChunk.length);
  whole.set(bytes.subarray(0, end.at));
  whole.set(endChunk, end.at);
  return whole;
}
