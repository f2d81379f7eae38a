// y[n] = x[indices[n]]: the rows whose logits are wanted.
// reference: tests/reference/gather-rows.ts

struct Params {
  rows: u32,  // of y
  c4: u32,    // row length / 4
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> indices: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64 + local;
  if (i >= params.rows * params.c4) { return; }
  y[i] = x[indices[i / params.c4] * params.c4 + i % params.c4];
}
