// Repeatable random numbers for resampling.

/** Whole numbers from 0 to `below` - 1, the same for the same seed: a Weyl sequence with MurmurHash3's finaliser. */
export function randomIndices(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x9e3779b9) >>> 0;
    let bits = state;
    bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
    return Math.floor((((bits ^ (bits >>> 16)) >>> 0) / 0x1_0000_0000) * below);
  };
}
