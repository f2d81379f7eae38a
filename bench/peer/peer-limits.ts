/**
 * How far the peer's numbers may lie from ours, relative to the largest value. `exact` leaves room for our own f16 variants;
 * activations rounded to 8-bit integers in blocks of 32 differ by 4e-3 in one product; `halves` are sums in 16-bit floats of up to
 * 9,728 products.
 */
export const peerLimits = { exact: 5e-3, bytes: 2e-2, halves: 3e-2 } as const;
