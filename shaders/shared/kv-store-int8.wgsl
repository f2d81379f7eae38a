// Keys and values into the cache as codes -127 .. 127, four to a word, and the magnitude that code 127 stands for in each
// head: a writer for kernels with the slots k, v and kvScales as bindings 5 to 7. A head's columns are neighbouring invocations.
// constants: K, W    joined with: shared/cache-head.wgsl, shared/half.wgsl, shared/kv-int8.wgsl
@group(0) @binding(5) var<storage, read_write> k: array<u32>;         // [S, K * D / 4]
@group(0) @binding(6) var<storage, read_write> v: array<u32>;         // [S, K * D / 4]
@group(0) @binding(7) var<storage, read_write> kvScales: array<u32>;  // [S, K] halves: of the key, of the value

var<workgroup> magnitudes: array<vec2f, W>;

fn storeHeads(at: CacheHead, key: vec4f, value: vec4f, local: u32) -> CachedColumn {
  magnitudes[local] = vec2f(largest(abs(key)), largest(abs(value)));
  workgroupBarrier();
  if (!at.used) { return CachedColumn(); }
  var most = vec2f();
  for (var i = 0u; i < d4; i++) { most = max(most, magnitudes[local - at.column + i]); }
  let fit = min(most, vec2f(65504));
  let scaleWord = nearestHalf(fit.x) | (nearestHalf(fit.y) << 16);
  let stored = unpack2x16float(scaleWord);  // as readers see it
  let word = codes(key, stored.x);
  let valueWord = codes(value, stored.y);
  if (at.stores) {
    let i = at.slot * u32(K) + at.head;
    k[i * d4 + at.column] = word;
    v[i * d4 + at.column] = valueWord;
    if (at.column == 0) { kvScales[i] = scaleWord; }
  }
  return CachedColumn(fourCodes(word), fourCodes(valueWord), stored / 127);
}

fn largest(values: vec4f) -> f32 { return max(max(values.x, values.y), max(values.z, values.w)); }

fn codes(values: vec4f, most: f32) -> u32 {
  if (most == 0) { return 0; }
  return pack4x8snorm(values / most);
}
