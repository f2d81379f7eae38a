// Seeded data of kernel tests.

/** A generator of numbers in [0, 1): xorshift32, the same sequence for the same seed. */
export function seeded(seed: number): () => number {
  // Neighbouring seeds must not give neighbouring sequences, and a state of 0 would stay 0.
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** `count` numbers in [-scale, scale), rounded to f32. */
export function floats(seed: number, count: number, scale = 1): Float32Array<ArrayBuffer> {
  const random = seeded(seed);
  return Float32Array.from({ length: count }, () => (2 * random() - 1) * scale);
}

/** `count` integers in 0 .. limit - 1. */
export function integers(seed: number, count: number, limit: number): Uint32Array<ArrayBuffer> {
  const random = seeded(seed);
  return Uint32Array.from({ length: count }, () => Math.floor(random() * limit));
}

/** The numbers 0 .. count - 1 in random order. */
export function shuffled(seed: number, count: number): number[] {
  const random = seeded(seed);
  return Array.from({ length: count }, (_, value) => ({ value, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value);
}
