// Four rows of f32 at one vec4 of K.
@group(0) @binding(1) var<storage, read> weight: array<vec4f>;  // [rows, K/4]
@group(0) @binding(2) var<storage, read> scales: array<u32>;    // weight again: there are none

struct RawQuad { x: vec4f, y: vec4f, z: vec4f, w: vec4f }

fn rawQuad(rows: vec4u, k: u32, k4: u32) -> RawQuad {
  let at = rows * k4 + k;
  return RawQuad(weight[at.x], weight[at.y], weight[at.z], weight[at.w]);
}

// The four rows at each of four k.
fn quadValues(raw: RawQuad, k: u32) -> mat4x4f { return transpose(mat4x4f(raw.x, raw.y, raw.z, raw.w)); }
