/** Whether a file begins like one that holds sound and no video: MP3, AAC, FLAC, WAVE, or Ogg with a codec of sound. */
export function isSoundFile(head: Uint8Array): boolean {
  const text = (start: number, end: number) => String.fromCharCode(...head.subarray(start, end));
  const [first = 0, second = 0, third = 0] = head;
  if (text(0, 3) === 'ID3' || text(0, 4) === 'fLaC') return true;
  if (text(0, 4) === 'RIFF' || text(0, 4) === 'RF64') return text(8, 12) === 'WAVE';
  if (text(0, 4) === 'OggS') return /OpusHead|vorbis|FLAC|Speex/.test(text(24, 64));
  // The head of an MPEG audio frame: eleven bits of one, then a layer, a bit rate and a sampling rate that exist. Layer 0
  // is AAC in an ADTS stream.
  const layer = (second >> 1) & 3;
  if (first !== 0xff || (second & 0xe0) !== 0xe0) return false;
  if (layer === 0) return (second & 0xf6) === 0xf0 && ((third >> 2) & 15) < 13;
  return ((second >> 3) & 3) !== 1 && third >> 4 !== 15 && third >> 4 !== 0 && ((third >> 2) & 3) !== 3;
}
