// The keys of one row of decoding in chunks: each is attended to by a workgroup of its own, and a second kernel merges them.
// SPREAD is 0 on processors.
// constants: N, SPREAD

// Keys in each chunk but the last. GPUs: as few as make SPREAD chunks, in steps of 32 keys and 256 at most, so that there are
// workgroups for every core. Processors: 64 keys until there are N chunks; beyond that they grow.
fn chunkLength(keys: u32) -> u32 {
  if (SPREAD > 0) { return clamp((keys + 32 * SPREAD - 1) / max(32 * SPREAD, 1), 1u, 8u) * 32; }
  let most = clamp((keys + 63) / 64, 1u, u32(N));
  return ((keys + most - 1) / most + 15) & ~15u;
}
