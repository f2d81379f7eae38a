// Completes a PNG file whose last bytes are missing.

const signatureBytes = 8;
/** Length, type and checksum. */
const frameBytes = 12;
const endChunk = [0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82];

/**
 * The file with an end chunk, where it breaks off behind the last piece of its pixels: `<img>` shows such a picture, and
 * decoders differ in whether they refuse it. Any other file is given back as it is.
 */
export function wholePng(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const typeAt = (at: number) => String.fromCharCode(...bytes.subarray(at + 4, at + 8));
  let at = signatureBytes;
  let hasPixels = false;
  while (at + frameBytes <= bytes.length) {
    const next = at + frameBytes + view.getUint32(at);
    const type = typeAt(at);
    if (next > bytes.length) break;
    if (type === 'IEND') return bytes;
    hasPixels ||= type === 'IDAT';
    at = next;
  }
  // A piece of the pixels that is cut stays cut, for the decoder to refuse.
  if (!hasPixels || typeAt(at) === 'IDAT') return bytes;
  const whole = new Uint8Array(at + endChunk.length);
  whole.set(bytes.subarray(0, at));
  whole.set(endChunk, at);
  return whole;
}
