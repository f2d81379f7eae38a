// Keys and values into the cache as halves, two to a word: a writer for kernels with the slots k and v as bindings 5 and
// 6. What a half cannot hold becomes the largest one.
// constants: K    joined with: shared/cache-head.wgsl, shared/half.wgsl, shared/kv-f16.wgsl
@group(0) @binding(5) var<storage, read_write> k: array<vec2u>;  // [S, K * D / 4]
@group(0) @binding(6) var<storage, read_write> v: array<vec2u>;  // [S, K * D / 4]

fn storeHeads(at: CacheHead, key: vec4f, value: vec4f, local: u32) -> CachedColumn {
  let words = halves(key);
  let valueWords = halves(value);
  if (at.stores) {
    let i = (at.slot * u32(K) + at.head) * d4 + at.column;
    k[i] = words;
    v[i] = valueWords;
  }
  return CachedColumn(fourHalves(words), fourHalves(valueWords), vec2f(1));
}

fn halves(values: vec4f) -> vec2u {
  let fit = clamp(values, vec4f(-65504), vec4f(65504));
  return vec2u(
    nearestHalf(fit.x) | (nearestHalf(fit.y) << 16),
    nearestHalf(fit.z) | (nearestHalf(fit.w) << 16),
  );
}
