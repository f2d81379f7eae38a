// Keys and values of the cache as floats: a reader for kernels with the slots k, v and kvScales.
// constants: K, D    joined with: shared/kv-read-f32.wgsl or shared/kv-store-f32.wgsl

const hasScales = false;

fn keyVector(slot: u32, head: u32, d: u32) -> vec4f { return k[(slot * u32(K) + head) * (u32(D) / 4) + d]; }
fn valueVector(slot: u32, head: u32, d: u32) -> vec4f { return v[(slot * u32(K) + head) * (u32(D) / 4) + d]; }
fn kvScale(slot: u32, head: u32) -> vec2f { return vec2f(1); }
