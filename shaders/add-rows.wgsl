// x[indices[n]] += y[n]: image features go to the rows of their tokens. No index occurs twice.
// reference: tests/reference/add-rows.ts

struct Params {
  rows: u32,   // of y
  c4: u32,     // row length / 4
  first: u32,  // the index that belongs to row 0 of y
}

@group(0) @binding(0) var<storage, read> y: array<vec4f>;        // [rows, C/4]
@group(0) @binding(1) var<storage, read> indices: array<u32>;
@group(0) @binding(2) var<storage, read_write> x: array<vec4f>;  // [T, C/4]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64 + local;
  if (i >= params.rows * params.c4) { return; }
  x[indices[params.first + i / params.c4] * params.c4 + i % params.c4] += y[i];
}
