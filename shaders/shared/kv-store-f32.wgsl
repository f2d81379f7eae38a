// Keys and values into the cache as floats: a writer for kernels with the slots keyCache and valueCache as bindings 5 and 6.
// constants: K
@group(0) @binding(5) var<storage, read_write> keyCache: array<vec4f>;    // [S, K * D / 4]
@group(0) @binding(6) var<storage, read_write> valueCache: array<vec4f>;  // [S, K * D / 4]

fn storeHeads(at: CacheHead, key: vec4f, value: vec4f, local: u32) {
  if (!at.used) { return; }
  keyCache[(at.slot * u32(K) + at.head) * d4 + at.column] = key;
  valueCache[(at.slot * u32(K) + at.head) * d4 + at.column] = value;
}
