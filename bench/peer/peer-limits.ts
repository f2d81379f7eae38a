/**
 * How far the peer's numbers may lie from ours, relative to the largest value. `exact` leaves room for our own variants: f16, and
 * activations rounded to 8-bit integers in blocks of 32, which differ by 4e-3 in one product. `bytes` is for a peer that rounds
 * them too, in its own way; `halves` are sums in 16-bit floats of up to 9,728 products.
 */
export const peerLimits = { exact: 1e-2, bytes: 2e-2, halves: 3e-2 } as const;
