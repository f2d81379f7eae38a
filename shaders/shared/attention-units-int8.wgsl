// Keys and values of the cache as codes -127 .. 127, eight at once, for tiles of halves, which hold them exactly: heads are
// multiples of eight. The word of a head holds the magnitudes that code 127 stands for.
// constants: K, D    joined with: shared/attention-halves.wgsl
@group(0) @binding(1) var<storage, read> k: array<vec2u>;       // [S, K * D / 8]
@group(0) @binding(2) var<storage, read> v: array<vec2u>;       // [S, K * D / 8]
@group(0) @binding(3) var<storage, read> kvScales: array<u32>;  // [S, K] halves: the key's largest magnitude, the value's

alias unit = vec2u;
const hasScales = true;

fn keyUnit(slot: u32, head: u32, i: u32) -> unit { return k[(slot * u32(K) + head) * (u32(D) / 8) + i]; }
fn valueUnit(slot: u32, head: u32, i: u32) -> unit { return v[(slot * u32(K) + head) * (u32(D) / 8) + i]; }
fn kvScale(slot: u32, head: u32) -> vec2f { return unpack2x16float(kvScales[slot * u32(K) + head]) / 127; }

fn halves(word: u32) -> tileVector {
  let codes = vec4f((vec4i(bitcast<i32>(word)) << vec4u(24, 16, 8, 0)) >> vec4u(24));
  return vec2u(pack2x16float(codes.xy), pack2x16float(codes.zw));
}
fn lower(value: unit) -> tileVector { return halves(value.x); }
fn upper(value: unit) -> tileVector { return halves(value.y); }
