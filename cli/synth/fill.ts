// Random weights that keep activations in bounds, made at the speed of the disk: a block of each kind is made once and
// copied again and again, from a place that depends on the tensor and on where in it the rows lie.

import { encodeRows, isQuantized } from '../../src/weights/formats/formats.ts';
import type { Piece } from '../bundle/jobs.ts';

const blockValues = 1 << 20;
/** Steps of the scale in one standard deviation: codes rarely reach the ends. */
const deviation = { q8: 32, q4: 2.5 } as const;

interface Kinds {
  readonly normal: Float32Array;
  readonly bytes: Map<string, Uint8Array<ArrayBuffer>>;
}

const kinds = new Map<number, Kinds>();

function kindsOf(seed: number): Kinds {
  const known = kinds.get(seed) ?? {
    normal: normalValues(seed),
    bytes: new Map<string, Uint8Array<ArrayBuffer>>(),
  };
  kinds.set(seed, known);
  return known;
}

/** The stored form of some rows. The same for the same seed, tensor and rows. */
export function fillPiece(piece: Piece, seed: number): { codes: Uint8Array; scales: Uint8Array } {
  const { format, rows, columns } = piece;
  const partial = isQuantized(format) && (rows % 128 !== 0 || columns % 32 !== 0);
  // Padding must be zeros, and single vectors are small: these take the way of real weights.
  if (partial || format === 'f32') return encodeRows(format, values(piece, seed), rows, columns);
  const codes = new Uint8Array(piece.codes.length);
  const scales = new Uint8Array(piece.scales?.length ?? 0);
  repeat(block(format, columns, seed), codes, phaseOf(piece, piece.codes.offset));
  if (piece.scales)
    repeat(block('scale', columns, seed, format), scales, phaseOf(piece, piece.scales.offset));
  return { codes, scales };
}

/** Standard deviation of a matrix whose rows of unit values give unit values. */
const spread = (columns: number): number => 1 / Math.sqrt(columns);

function values({ name, rows, columns, codes }: Piece, seed: number): Float32Array {
  const { normal } = kindsOf(seed);
  const [mean, deviates] = /norm\.weight$|ln_f\.weight$/.test(name)
    ? [1, 0.02]
    : [0, name.endsWith('.bias') ? 0.01 : spread(columns)];
  const phase = hash(`${name}:${codes.offset}`);
  return Float32Array.from(
    { length: rows * columns },
    (_, i) => mean + deviates * (normal[(phase + i) % normal.length] ?? 0),
  );
}

function block(kind: string, columns: number, seed: number, of = ''): Uint8Array<ArrayBuffer> {
  const { bytes } = kindsOf(seed);
  const key = `${kind}:${of}:${columns}`;
  const known = bytes.get(key) ?? makeBlock(kind, columns, kindsOf(seed).normal, of);
  bytes.set(key, known);
  return known;
}

function makeBlock(kind: string, columns: number, normal: Float32Array, of: string): Uint8Array<ArrayBuffer> {
  if (kind === 'f16') return encodeRows('f16', normal.map((value) => value * spread(columns)), 1, normal.length).codes;
  if (kind === 'scale') {
    const scale = spread(columns) / (of === 'q4' ? deviation.q4 : deviation.q8);
    const scales = Float32Array.from({ length: 1 << 16 }, (_, i) => scale * (0.9 + 0.2 * ((i * 0.618034) % 1)));
    return encodeRows('f16', scales, 1, scales.length).codes;
  }
  const code = (i: number, steps: number, limit: number) =>
    Math.max(-limit, Math.min(limit, Math.round((normal[i % normal.length] ?? 0) * steps)));
  if (kind === 'q8') return new Uint8Array(Int8Array.from(normal, (_, i) => code(i, deviation.q8, 127)).buffer);
  return Uint8Array.from(
    { length: blockValues / 2 },
    (_, i) => (code(2 * i, deviation.q4, 7) + 8) | ((code(2 * i + 1, deviation.q4, 7) + 8) << 4),
  );
} // prettier-ignore

/** Where in a block the rows begin: a multiple of 64 bytes. */
function phaseOf({ name }: Piece, offset: number): number {
  return hash(`${name}:${offset}`) * 64;
}

function repeat(source: Uint8Array, target: Uint8Array, phase: number): void {
  let from = phase % source.byteLength;
  for (let at = 0; at < target.byteLength;) {
    const length = Math.min(source.byteLength - from, target.byteLength - at);
    target.set(source.subarray(from, from + length), at);
    at += length;
    from = 0;
  }
}

/** FNV-1a, 24 bits of it. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 8;
}

/** Normally distributed values with mean 0 and deviation 1 (Box and Muller), cut at 4. */
function normalValues(seed: number): Float32Array {
  const next = xorshift(seed);
  const out = new Float32Array(blockValues);
  for (let i = 0; i < out.length; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - next()));
    const angle = 2 * Math.PI * next();
    out[i] = Math.max(-4, Math.min(4, radius * Math.cos(angle)));
    out[i + 1] = Math.max(-4, Math.min(4, radius * Math.sin(angle)));
  }
  return out;
}

/** Marsaglia's xorshift with 32 bits: numbers in [0, 1). */
function xorshift(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
