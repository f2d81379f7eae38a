// Rotates every head of x by the angle of its position: pair (a, b) -> (a cos - b sin, a sin + b cos).
// One invocation per pair; a head's pairs are (i, i + D/2). The table is made on the host in f64, because
// WGSL bounds the error of sin() only for angles within half a turn.
// constants: H, D    reference: tests/reference/rope.ts

struct Params { pairs: u32 }

@group(0) @binding(0) var<storage, read> table: array<vec2f>;    // [positions, D/2] of (cos, sin)
@group(0) @binding(1) var<storage, read> positions: array<u32>;  // [T]
@group(0) @binding(2) var<storage, read_write> x: array<f32>;    // [T, H, D], rotated in place
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let pair = (group.y * groups.x + group.x) * 64 + local;
  if (pair >= params.pairs) { return; }
  let i = pair % (D / 2);
  let t = pair / (D / 2 * H);
  let rotation = table[positions[t] * (D / 2) + i];
  let a = pair / (D / 2) * D + i;
  let b = a + D / 2;
  let xa = x[a];
  let xb = x[b];
  x[a] = xa * rotation.x - xb * rotation.y;
  x[b] = xa * rotation.y + xb * rotation.x;
}
