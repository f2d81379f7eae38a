// The weight formats by their definition, value by value and in f64; slow and plain.

/** Value of an f16 by its bits. */
export function halfValue(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

/** Bits of the f16 nearest to a finite value, ties to the even one; only for magnitudes below 65520. */
export function nearestHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  let low = 0; // halves of positive values ascend with their bits
  let high = 0x7bff;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (halfValue(middle) <= magnitude) low = middle;
    else high = middle - 1;
  }
  const below = magnitude - halfValue(low);
  const above = low === 0x7bff ? Infinity : halfValue(low + 1) - magnitude;
  return sign | (above < below || (above === below && low % 2 === 1) ? low + 1 : low);
}

/** The code of row n, column k and the scale of its block, from the layout that formats.ts describes. */
export function storedBlock(
  format: 'q8' | 'q4',
  bytes: Uint8Array,
  rows: number,
  columns: number,
  n: number,
  k: number,
): { readonly code: number; readonly scale: number } {
  const perRow = Math.ceil(columns / 32);
  const blocks = Math.ceil(rows / 128) * 128 * perRow;
  const i = (Math.floor(n / 64) * perRow + Math.floor(k / 32)) * 64 + (n % 64);
  const scales = blocks * (format === 'q8' ? 32 : 16);
  const scale = halfValue(bytes[scales + 2 * i]! + 256 * bytes[scales + 2 * i + 1]!);
  const element = k % 32;
  if (format === 'q8') {
    const byte = bytes[32 * i + element]!;
    return { code: byte > 127 ? byte - 256 : byte, scale };
  }
  const word = Math.floor(element / 8);
  const byte = bytes[16 * i + 4 * word + (element % 4)]!;
  return { code: (element % 8 < 4 ? byte % 16 : Math.floor(byte / 16)) - 8, scale };
}
