// Keys and values into the cache as codes -127 .. 127, four to a word, and the magnitude that code 127 stands for in each
// head: a writer for kernels with the slots keyCache, valueCache and cacheScales as bindings 5 to 7; joined with half.wgsl.
// constants: K, W
@group(0) @binding(5) var<storage, read_write> keyCache: array<u32>;     // [S, K * D / 4]
@group(0) @binding(6) var<storage, read_write> valueCache: array<u32>;   // [S, K * D / 4]
@group(0) @binding(7) var<storage, read_write> cacheScales: array<u32>;  // [S, K] halves: of the key, of the value

var<workgroup> magnitudes: array<vec2f, W>;

fn storeHeads(at: CacheHead, key: vec4f, value: vec4f, local: u32) {
  magnitudes[local] = vec2f(largest(abs(key)), largest(abs(value)));
  workgroupBarrier();
  if (at.used) {
    var most = vec2f();
    for (var i = 0u; i < d4; i++) { most = max(most, magnitudes[local - at.column + i]); }
    let fit = min(most, vec2f(65504));
    let word = nearestHalf(fit.x) | (nearestHalf(fit.y) << 16);
    let stored = unpack2x16float(word);  // as readers see it
    let i = at.slot * u32(K) + at.head;
    keyCache[i * d4 + at.column] = codes(key, stored.x);
    valueCache[i * d4 + at.column] = codes(value, stored.y);
    if (at.column == 0) { cacheScales[i] = word; }
  }
}

fn largest(values: vec4f) -> f32 { return max(max(values.x, values.y), max(values.z, values.w)); }

fn codes(values: vec4f, most: f32) -> u32 {
  if (most == 0) { return 0; }
  return pack4x8snorm(values / most);
}
