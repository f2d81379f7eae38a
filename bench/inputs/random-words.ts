// Seeded words that a kernel makes on the GPU (random-fill.ts) and references make here, as far as they need them.

/** What a random word becomes. */
export type Fill =
  /** The bits of `keep` are random, those of `set` are ones. */
  | { readonly kind: 'masked'; readonly keep: number; readonly set: number }
  /** Four int8 codes; -128 is none. */
  | { readonly kind: 'bytes' }
  /** A float in [offset - scale, offset + scale). */
  | { readonly kind: 'floats'; readonly scale: number; readonly offset: number };

/** All bits are random. */
export const anyBits: Fill = { kind: 'masked', keep: 0xffffffff, set: 0 };

/** Halves of random sign and fraction whose magnitude lies around `size`. */
export function halvesAround(size: number, signed: boolean): Fill {
  const exponent = Math.max(1, Math.min(30, 15 + Math.round(Math.log2(size / 1.5)))) << 10;
  const kept = signed ? 0x83ff : 0x03ff;
  return { kind: 'masked', keep: pair(kept), set: pair(exponent) };
}

const pair = (half: number) => (half | (half << 16)) >>> 0;

/** Word `i` of a seed (the "lowbias32" mixer); the same on every machine. */
export function randomWord(seed: number, i: number): number {
  let x = (i + Math.imul(seed, 0x9e3779b1)) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

const float = new Float32Array(1);
const floatBits = new Uint32Array(float.buffer);

function filledWord(fill: Fill, word: number): number {
  if (fill.kind === 'masked') return ((word & fill.keep) | fill.set) >>> 0;
  if (fill.kind === 'bytes') {
    const low = word & 0x7f7f7f7f;
    const zero = ~(low + 0x7f7f7f7f) & 0x80808080;
    return (word | ((zero & word) >>> 7)) >>> 0;
  }
  const share = (word >>> 8) * 2 ** -23 - 1;
  float[0] = Math.fround(fill.offset) + Math.fround(Math.fround(fill.scale) * share);
  return floatBits[0] ?? 0;
}

/** Words `first` to `first + count - 1` of a tensor that was filled with this seed. */
export function filledWords(
  fill: Fill,
  seed: number,
  first: number,
  count: number,
): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(count);
  for (let i = 0; i < count; i++) words[i] = filledWord(fill, randomWord(seed, first + i));
  return words;
}
