// IEEE half precision: f32 -> f16 by round-to-nearest-even, and back, over whole arrays and without allocation.

const largestFinite = 0x477fefff; // bits of the largest f32 that still rounds to 65504
const smallestNormal = 0x38800000; // bits of 2^-14

const sum = new Float32Array(1);
const sumBits = new Uint32Array(sum.buffer);

/** Bits of the f16 nearest to an f32 that is given by its bits; magnitudes beyond the range become infinity. */
export function halfOfBits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude >= smallestNormal) {
    if (magnitude > largestFinite) return sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00);
    // Half of the last kept place, less one where that place is even: ties go to even, and a carry raises the exponent.
    return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
  }
  // Steps of 2^-24 are the steps of f32 above 0.5, so that adding 0.5 rounds.
  sumBits[0] = magnitude;
  sum[0] = (sum[0] ?? 0) + 0.5;
  return sign | ((sumBits[0] ?? 0) - 0x3f000000);
}

/** Bits of the f16 nearest to a number that is an f32. */
export function halfOf(value: number): number {
  sum[0] = value;
  return halfOfBits(sumBits[0] ?? 0);
}

let table: Float32Array | undefined;

/** The f32 value of every f16, by its bits; made on first use (256 KiB). */
export function halfValues(): Float32Array {
  table ??= Float32Array.from({ length: 65536 }, (_, half) => {
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    const sign = half & 0x8000 ? -1 : 1;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
  });
  return table;
}

/**
 * Rounds values to f16. Returns the index of the first value that has no finite f16 (beyond 65504, infinite or NaN), or
 * -1 when all have.
 */
export function encodeHalves(values: Float32Array, halves: Uint16Array): number {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  let largest = 0;
  for (let i = 0; i < bits.length; i++) {
    const all = bits[i] ?? 0;
    const magnitude = all & 0x7fffffff;
    if (magnitude > largest) largest = magnitude;
    halves[i] =
      magnitude >= smallestNormal
        ? ((all >>> 16) & 0x8000) | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13)
        : halfOfBits(all);
  }
  return largest <= largestFinite ? -1 : bits.findIndex((all) => (all & 0x7fffffff) > largestFinite);
}

/** Widens f16 to f32, exactly. */
export function decodeHalves(halves: Uint16Array, values: Float32Array): void {
  const known = halfValues();
  for (let i = 0; i < halves.length; i++) values[i] = known[halves[i] ?? 0] ?? 0;
}
