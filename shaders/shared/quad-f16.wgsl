// Four rows of f16, two to a word, at one vec4 of K.
@group(0) @binding(1) var<storage, read> weight: array<vec2u>;  // [rows, K/4]
@group(0) @binding(2) var<storage, read> scales: array<u32>;    // weight again: there are none

struct RawQuad { x: vec2u, y: vec2u, z: vec2u, w: vec2u }

fn rawQuad(rows: vec4u, k: u32, k4: u32) -> RawQuad {
  let at = rows * k4 + k;
  return RawQuad(weight[at.x], weight[at.y], weight[at.z], weight[at.w]);
}

fn halves(words: vec2u) -> vec4f { return vec4f(unpack2x16float(words.x), unpack2x16float(words.y)); }

// The four rows at each of four k.
fn quadValues(raw: RawQuad, k: u32) -> mat4x4f {
  return transpose(mat4x4f(halves(raw.x), halves(raw.y), halves(raw.z), halves(raw.w)));
}
