// Keys and values of the cache as floats: a reader for kernels with the slots k, v and kvScales as bindings 1 to 3.
// constants: K, D
@group(0) @binding(1) var<storage, read> k: array<vec4f>;       // [S, K * D / 4]
@group(0) @binding(2) var<storage, read> v: array<vec4f>;       // [S, K * D / 4]
@group(0) @binding(3) var<storage, read> kvScales: array<u32>;  // k again: there are none

const hasScales = false;

fn keyVector(slot: u32, head: u32, d: u32) -> vec4f { return k[(slot * u32(K) + head) * (u32(D) / 4) + d]; }
fn valueVector(slot: u32, head: u32, d: u32) -> vec4f { return v[(slot * u32(K) + head) * (u32(D) / 4) + d]; }
fn kvScale(slot: u32, head: u32) -> vec2f { return vec2f(1); }
