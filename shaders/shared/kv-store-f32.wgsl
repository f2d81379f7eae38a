// Keys and values into the cache as floats: a writer for kernels with the slots k and v as bindings 5 and 6.
// constants: K    joined with: shared/cache-head.wgsl, shared/kv-f32.wgsl
@group(0) @binding(5) var<storage, read_write> k: array<vec4f>;  // [S, K * D / 4]
@group(0) @binding(6) var<storage, read_write> v: array<vec4f>;  // [S, K * D / 4]

fn storeHeads(at: CacheHead, key: vec4f, value: vec4f, local: u32) -> CachedColumn {
  if (at.stores) {
    let i = (at.slot * u32(K) + at.head) * d4 + at.column;
    k[i] = key;
    v[i] = value;
  }
  return CachedColumn(key, value, vec2f(1));
}
