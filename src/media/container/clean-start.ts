// Chromium looks at the first packet itself to see whether it is a key frame, and is led astray by parts of H.264 that it
// does not know (its issue 470109459): they are left out of the packet that decoding begins with.

const accessUnitDelimiter = 9;
const isSlice = (type: number) => type >= 1 && type <= 5;
const isUnknown = (type: number) => type >= 20;

/** The packet without what confuses; itself where there is nothing of that kind, or the codec is another. */
export function cleanStart(packet: Uint8Array, config: VideoDecoderConfig): Uint8Array {
  const record = config.description;
  if (!config.codec.startsWith('avc') || record === undefined) return packet;
  const bytes = ArrayBuffer.isView(record)
    ? new Uint8Array(record.buffer, record.byteOffset, record.byteLength)
    : new Uint8Array(record);
  const lengthBytes = ((bytes[4] ?? 3) & 3) + 1;
  let kept: Uint8Array[] = [];
  let hasSlice = false;
  for (let at = 0; at + lengthBytes < packet.length;) {
    let length = 0;
    for (let i = 0; i < lengthBytes; i++) length = length * 256 + (packet[at + i] ?? 0);
    const end = at + lengthBytes + length;
    const type = (packet[at + lengthBytes] ?? 0) & 31;
    if (type === accessUnitDelimiter) {
      if (hasSlice) break;
      kept = [];
    }
    hasSlice ||= isSlice(type);
    if (!isUnknown(type)) kept.push(packet.subarray(at, end));
    at = end;
  }
  const total = kept.reduce((sum, part) => sum + part.length, 0);
  if (total === packet.length || !hasSlice) return packet;
  const clean = new Uint8Array(total);
  let at = 0;
  for (const part of kept) {
    clean.set(part, at);
    at += part.length;
  }
  return clean;
}
