// Seeded data: the same numbers in every run.

/** A generator of 32-bit integers (xorshift); the same seed gives the same sequence. */
export function randomBits(seed: number): () => number {
  // Neighbouring seeds must not give neighbouring sequences, and a state of 0 would stay 0.
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** `count` numbers in [-scale, scale). */
export function randomFloats(seed: number, count: number, scale = 1): Float32Array<ArrayBuffer> {
  const bits = randomBits(seed);
  const values = new Float32Array(count);
  // A loop takes a tenth of the time of `Float32Array.from`, which counts where there are millions.
  for (let i = 0; i < count; i++) values[i] = (bits() / 2 ** 31 - 1) * scale;
  return values;
}

/** At most `count` of the numbers 0 .. limit - 1, spread over all of them, ascending; the first and the last are among them. */
export function spread(count: number, limit: number): number[] {
  const wanted = Math.min(count, limit);
  const at = (i: number) => (wanted === 1 ? 0 : Math.round((i * (limit - 1)) / (wanted - 1)));
  return Array.from({ length: wanted }, (_, i) => at(i));
}
