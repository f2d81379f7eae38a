// Copies a matrix into columns of a wider one: the taps of the vision encoder lie side by side.
// reference: tests/reference/copy-columns.ts

struct Params {
  rows: u32,
  c4: u32,       // row length of x / 4
  stride4: u32,  // row length of y / 4
  column4: u32,  // first column / 4
  yRow: u32,     // first row of y
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64 + local;
  if (i >= params.rows * params.c4) { return; }
  let row = params.yRow + i / params.c4;
  y[row * params.stride4 + params.column4 + i % params.c4] = x[i];
}
