// y = silu(gate) * value. Gate and value may be columns of one buffer (the decoder's ff_proj holds [value | gate]).
// reference: tests/reference/gated-silu.ts

struct Params {
  rows: u32,
  width4: u32,        // columns of y / 4
  gateStride4: u32,   // row lengths and first columns of gate and value, in vec4
  gateColumn4: u32,
  valueStride4: u32,
  valueColumn4: u32,
}

@group(0) @binding(0) var<storage, read> gate: array<vec4f>;
@group(0) @binding(1) var<storage, read> value: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;  // [rows, width4]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64 + local;
  if (i >= params.rows * params.width4) { return; }
  let row = i / params.width4;
  let column = i % params.width4;
  let g = gate[row * params.gateStride4 + params.gateColumn4 + column];
  y[i] = g / (1.0 + exp(-g)) * value[row * params.valueStride4 + params.valueColumn4 + column];
}
