// Keys and values of the cache as codes -127 .. 127, four to a word, with a scale for each head of a slot: a reader for
// kernels with the slots k, v and kvScales. Vectors come unscaled, so that a kernel multiplies a whole dot product, and a
// probability, once. The word of a head holds the magnitudes that code 127 stands for, which are halves of full precision
// down to 2^-14; scales would be 127 times smaller.
// constants: K, D    joined with: shared/kv-read-int8.wgsl or shared/kv-store-int8.wgsl

const hasScales = true;

fn fourCodes(word: u32) -> vec4f { return vec4f((vec4i(bitcast<i32>(word)) << vec4u(24, 16, 8, 0)) >> vec4u(24)); }
fn keyVector(slot: u32, head: u32, d: u32) -> vec4f { return fourCodes(k[(slot * u32(K) + head) * (u32(D) / 4) + d]); }
fn valueVector(slot: u32, head: u32, d: u32) -> vec4f { return fourCodes(v[(slot * u32(K) + head) * (u32(D) / 4) + d]); }
fn kvScale(slot: u32, head: u32) -> vec2f { return unpack2x16float(kvScales[slot * u32(K) + head]) / 127; }
