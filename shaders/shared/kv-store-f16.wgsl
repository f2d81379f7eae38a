// Keys and values into the cache as halves, two to a word: a writer for kernels with the slots keyCache and valueCache as
// bindings 5 and 6; joined with half.wgsl. What a half cannot hold becomes the largest one.
// constants: K
@group(0) @binding(5) var<storage, read_write> keyCache: array<vec2u>;    // [S, K * D / 4]
@group(0) @binding(6) var<storage, read_write> valueCache: array<vec2u>;  // [S, K * D / 4]

fn storeHeads(at: CacheHead, key: vec4f, value: vec4f, local: u32) {
  if (!at.used) { return; }
  keyCache[(at.slot * u32(K) + at.head) * d4 + at.column] = halves(key);
  valueCache[(at.slot * u32(K) + at.head) * d4 + at.column] = halves(value);
}

fn halves(values: vec4f) -> vec2u {
  let fit = clamp(values, vec4f(-65504), vec4f(65504));
  return vec2u(
    nearestHalf(fit.x) | (nearestHalf(fit.y) << 16),
    nearestHalf(fit.z) | (nearestHalf(fit.w) << 16),
  );
}
