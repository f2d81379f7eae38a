// Keys and values of the cache as halves, two to a word: a reader for kernels with the slots k, v and kvScales as
// bindings 1 to 3. The builtin may read halves below 2^-14 as 0, which moves a score or a value by less than 1e-4 of
// what a head of any size amounts to.
// constants: K, D
@group(0) @binding(1) var<storage, read> k: array<vec2u>;       // [S, K * D / 4]
@group(0) @binding(2) var<storage, read> v: array<vec2u>;       // [S, K * D / 4]
@group(0) @binding(3) var<storage, read> kvScales: array<u32>;  // k again: there are none

const hasScales = false;

fn fourHalves(words: vec2u) -> vec4f { return vec4f(unpack2x16float(words.x), unpack2x16float(words.y)); }
fn keyVector(slot: u32, head: u32, d: u32) -> vec4f { return fourHalves(k[(slot * u32(K) + head) * (u32(D) / 4) + d]); }
fn valueVector(slot: u32, head: u32, d: u32) -> vec4f { return fourHalves(v[(slot * u32(K) + head) * (u32(D) / 4) + d]); }
fn kvScale(slot: u32, head: u32) -> vec2f { return vec2f(1); }
