// Which packets are never a picture. VP8, VP9 and AV1 code alternate reference frames that only later frames are made
// of; where these are not packed together with a frame that is shown, they come as packets of their own.

/** Whether a decoder gives out a picture for this packet. Codecs without hidden frames always do. */
export function isShownPacket(codec: string | null, data: Uint8Array): boolean {
  if (data.length === 0) return false;
  if (codec === 'vp8') return isShownVp8(data);
  if (codec === 'vp9') return vp9Frames(data).some(isShownVp9);
  if (codec === 'av1') return isShownAv1(data);
  return true;
}

/** Codecs whose packets may be hidden, so that their first bytes have to be looked at. */
export function mayHidePackets(codec: string | null): boolean {
  return codec === 'vp8' || codec === 'vp9' || codec === 'av1';
}

/** Bit 4 of the frame tag (RFC 6386, 9.1). */
function isShownVp8([tag = 0]: Uint8Array): boolean {
  return (tag & 0x10) !== 0;
}

/** The frames of a superframe, whose sizes stand in an index at its end (VP9 specification, annex B); else the packet. */
function vp9Frames(data: Uint8Array): Uint8Array[] {
  const marker = data.at(-1) ?? 0;
  const count = (marker & 7) + 1;
  const sizeBytes = ((marker >> 3) & 3) + 1;
  const index = data.length - 2 - count * sizeBytes;
  if ((marker & 0xe0) !== 0xc0 || index < 0 || data[index] !== marker) return [data];
  const frames: Uint8Array[] = [];
  for (let i = 0, start = 0; i < count; i++) {
    let size = 0;
    for (let byte = 0; byte < sizeBytes; byte++)
      size += (data[index + 1 + i * sizeBytes + byte] ?? 0) * 256 ** byte;
    if (size > 0) frames.push(data.subarray(start, start + size));
    start += size;
  }
  return frames;
}

/** The uncompressed header begins with marker, profile, show_existing_frame, frame_type and show_frame. */
function isShownVp9([head = 0]: Uint8Array): boolean {
  const hasLongProfile = (head & 0x30) === 0x30;
  const bits = hasLongProfile ? head << 1 : head;
  const [showsExisting, isShown] = [bits & 0x08, bits & 0x02];
  return showsExisting !== 0 || isShown !== 0;
}

const frameHeaderTypes = [3, 6]; // OBU_FRAME_HEADER, OBU_FRAME

/** Whether any frame header of the temporal unit shows a frame (AV1 specification, 5.3 and 5.9.2). */
function isShownAv1(data: Uint8Array): boolean {
  let hasHeader = false;
  for (let at = 0; at < data.length;) {
    const head = data[at] ?? 0;
    const hasExtension = (head & 0x04) !== 0;
    const size = (head & 0x02) !== 0 ? leb128(data, at + (hasExtension ? 2 : 1)) : null;
    const payload = at + (hasExtension ? 2 : 1) + (size?.bytes ?? 0);
    if (frameHeaderTypes.includes((head >> 3) & 15)) {
      hasHeader = true;
      const bits = data[payload] ?? 0;
      // show_existing_frame, two bits of frame_type, show_frame
      if ((bits & 0x80) !== 0 || (bits & 0x10) !== 0) return true;
    }
    if (!size) break;
    at = payload + size.value;
  }
  return !hasHeader;
}

function leb128(data: Uint8Array, at: number): { readonly value: number; readonly bytes: number } {
  let value = 0;
  for (let i = 0; i < 8; i++) {
    const byte = data[at + i] ?? 0;
    value += (byte & 0x7f) * 128 ** i;
    if ((byte & 0x80) === 0) return { value, bytes: i + 1 };
  }
  return { value, bytes: 8 };
}
