// Keys and values of the cache as halves, two to a word: a reader for kernels with the slots k, v and kvScales. The builtin
// may read halves below 2^-14 as 0, which moves a score or a value by less than 1e-4 of what a head of any size amounts to.
// constants: K, D    joined with: shared/kv-read-f16.wgsl or shared/kv-store-f16.wgsl

const hasScales = false;

fn fourHalves(words: vec2u) -> vec4f { return vec4f(unpack2x16float(words.x), unpack2x16float(words.y)); }
fn keyVector(slot: u32, head: u32, d: u32) -> vec4f { return fourHalves(k[(slot * u32(K) + head) * (u32(D) / 4) + d]); }
fn valueVector(slot: u32, head: u32, d: u32) -> vec4f { return fourHalves(v[(slot * u32(K) + head) * (u32(D) / 4) + d]); }
fn kvScale(slot: u32, head: u32) -> vec2f { return vec2f(1); }
