// The keys of one row of decoding in chunks: each is attended to by a workgroup of its own, and a second kernel merges them.
// constants: N

struct KeyChunks {
  count: u32,
  length: u32,  // keys in each but the last
}

// Chunks of 64 keys until there are N of them; beyond that they grow.
fn keyChunks(keys: u32) -> KeyChunks {
  let most = clamp((keys + 63) / 64, 1u, u32(N));
  let length = ((keys + most - 1) / most + 15) & ~15u;
  return KeyChunks((keys + length - 1) / length, length);
}
