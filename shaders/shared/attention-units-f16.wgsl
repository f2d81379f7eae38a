// Keys and values of the cache as halves, eight at once, for tiles of halves: heads are multiples of eight.
// constants: K, D    joined with: shared/attention-halves.wgsl
@group(0) @binding(1) var<storage, read> k: array<vec4u>;       // [S, K * D / 8]
@group(0) @binding(2) var<storage, read> v: array<vec4u>;       // [S, K * D / 8]
@group(0) @binding(3) var<storage, read> kvScales: array<u32>;  // k again: there are none

alias unit = vec4u;
const hasScales = false;

fn keyUnit(slot: u32, head: u32, i: u32) -> unit { return k[(slot * u32(K) + head) * (u32(D) / 8) + i]; }
fn valueUnit(slot: u32, head: u32, i: u32) -> unit { return v[(slot * u32(K) + head) * (u32(D) / 8) + i]; }
fn kvScale(slot: u32, head: u32) -> vec2f { return vec2f(1); }
fn lower(value: unit) -> tileVector { return value.xy; }
fn upper(value: unit) -> tileVector { return value.zw; }
