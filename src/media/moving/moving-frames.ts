// How long each frame of an animated GIF, WebP or PNG is shown, read from its bytes alone: nothing is decoded, and nothing that the
// file claims is believed before it is there.

export interface MovingFrames {
  readonly type: 'gif' | 'webp' | 'png';
  readonly width: number;
  readonly height: number;
  /** Seconds of each frame whose bytes are there; more than one. */
  readonly durationsSec: readonly number[];
}

type Found = Omit<MovingFrames, 'durationsSec'> & { readonly durationsMs: readonly number[] };

/** Browsers show a frame that asks for no time, or hardly any, for as long as this. */
function shownMs(ms: number): number {
  return ms > 10 ? ms : 100;
}

/** The frames of a picture that moves; null for one that does not, and for what is none. */
export function movingFrames(bytes: Uint8Array): MovingFrames | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = gifFrames(view) ?? webpFrames(view) ?? pngFrames(view);
  if (!found || found.durationsMs.length < 2) return null;
  const { type, width, height, durationsMs } = found;
  return { type, width, height, durationsSec: durationsMs.map((ms) => shownMs(ms) / 1000) };
}

function textAt(view: DataView, at: number, length: number): string {
  let text = '';
  for (let i = at; i < at + length && i < view.byteLength; i++) text += String.fromCharCode(view.getUint8(i));
  return text;
}

const uint24 = (view: DataView, at: number) => view.getUint16(at, true) + (view.getUint8(at + 2) << 16);

/** Behind a chain of blocks, each of which says how long it is; NaN where the chain is cut off. */
function behindBlocks(view: DataView, from: number): number {
  for (let at = from; at < view.byteLength;) {
    const length = view.getUint8(at);
    at += 1 + length;
    if (length === 0) return at;
  }
  return NaN;
}

/** Bytes of a palette, as the flags before it say. */
const paletteBytes = (flags: number) => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0);

function gifFrames(view: DataView): Found | null {
  if (textAt(view, 0, 4) !== 'GIF8' || view.byteLength < 13) return null;
  const durationsMs: number[] = [];
  let delayMs = 0;
  let at = 13 + paletteBytes(view.getUint8(10));
  // Each block takes at least two bytes, so that a file has no more of them than that.
  while (at + 2 < view.byteLength) {
    const kind = view.getUint8(at);
    if (kind === 0x21) {
      if (view.getUint8(at + 1) === 0xf9 && at + 6 < view.byteLength)
        delayMs = view.getUint16(at + 4, true) * 10;
      at = behindBlocks(view, at + 2);
    } else if (kind === 0x2c && at + 10 < view.byteLength) {
      at = behindBlocks(view, at + 11 + paletteBytes(view.getUint8(at + 9)));
      if (!Number.isNaN(at)) durationsMs.push(delayMs);
      delayMs = 0;
    } else break;
  }
  return {
    type: 'gif',
    width: view.getUint16(6, true),
    height: view.getUint16(8, true),
    durationsMs,
  };
}

function webpFrames(view: DataView): Found | null {
  const isAnimated =
    textAt(view, 0, 4) === 'RIFF' &&
    textAt(view, 8, 8) === 'WEBPVP8X' &&
    view.byteLength >= 30 &&
    (view.getUint8(20) & 2) !== 0;
  if (!isAnimated) return null;
  const durationsMs: number[] = [];
  for (let at = 12; at + 8 <= view.byteLength;) {
    const end = at + 8 + view.getUint32(at + 4, true);
    if (textAt(view, at, 4) === 'ANMF' && end <= view.byteLength && end >= at + 24)
      durationsMs.push(uint24(view, at + 20));
    at = end + (end & 1);
  }
  return { type: 'webp', width: uint24(view, 24) + 1, height: uint24(view, 27) + 1, durationsMs };
}

function pngFrames(view: DataView): Found | null {
  if (textAt(view, 0, 8) !== '\x89PNG\r\n\x1a\n' || view.byteLength < 33) return null;
  const durationsMs: number[] = [];
  let isAnimated = false;
  let pending: number | null = null;
  for (let at = 8; at + 12 <= view.byteLength;) {
    const kind = textAt(view, at + 4, 4);
    const end = at + 12 + view.getUint32(at);
    if (end > view.byteLength) break;
    if (kind === 'acTL') isAnimated = true;
    if (kind === 'fcTL' && end >= at + 34)
      pending = (1000 * view.getUint16(at + 28)) / (view.getUint16(at + 30) || 100);
    // A frame is there with its first pixels; a picture before the first of them is for programs that know no others.
    if ((kind === 'IDAT' || kind === 'fdAT') && pending !== null) {
      durationsMs.push(pending);
      pending = null;
    }
    at = end;
  }
  return isAnimated
    ? { type: 'png', width: view.getUint32(16), height: view.getUint32(20), durationsMs }
    : null;
}
