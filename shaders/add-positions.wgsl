// x[row] += table[row % P]: the learnt position of each patch in its crop.
// reference: tests/reference/add-positions.ts

struct Params {
  rows: u32,
  c4: u32,       // row length / 4
  patches: u32,  // P
}

@group(0) @binding(0) var<storage, read> table: array<vec4f>;    // [P, E/4]
@group(0) @binding(1) var<storage, read_write> x: array<vec4f>;  // [F * P, E/4]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64 + local;
  if (i >= params.rows * params.c4) { return; }
  x[i] += table[i % (params.patches * params.c4)];
}
