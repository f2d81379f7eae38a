// Repeatable random numbers, the same on every machine, for resampling and for scenes.

/** Spreads the 32 bits of a whole number over all of them. */
function mixed(value: number): number {
  let bits = value >>> 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad);
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
  return (bits ^ (bits >>> 15)) >>> 0;
}

/** Evenly from 0 to below 1, a row of its own for each seed and number: a Weyl sequence, mixed. */
export function randomShares(seed: number, index = 0): () => number {
  let state = mixed(mixed(seed) ^ Math.imul(index + 1, 0x9e3779b9));
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    return mixed(state) / 0x1_0000_0000;
  };
}

/** Whole numbers from 0 to `below` - 1, the same for the same seed. */
export function randomIndices(seed: number): (below: number) => number {
  const next = randomShares(seed);
  return (below) => Math.floor(next() * below);
}
