// y[r] = x[r] weight^T + bias, or y[r] += ...: linear layers of few rows, any number of columns.
// One invocation per output value; it walks its own row of weight. The grid's y axis is the row.
// constants: BIAS, ACCUMULATE    reference: tests/reference/matmul.ts

struct Params {
  columns: u32,
  k4: u32,         // K / 4
  weightRow: u32,  // first row of weight (and of bias) to use
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;       // [rows, K/4]
@group(0) @binding(1) var<storage, read> weight: array<vec4f>;  // [*, K/4]
@group(0) @binding(2) var<storage, read> bias: array<f32>;      // [*]; weight again when there is none
@group(0) @binding(3) var<storage, read_write> y: array<f32>;   // [rows, columns]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x;
  let row = id.y;
  if (column >= params.columns) { return; }
  let k4 = params.k4;
  let a = row * k4;
  let b = (params.weightRow + column) * k4;
  var sum = vec4f();
  for (var k = 0u; k < k4; k++) {
    sum += x[a + k] * weight[b + k];
  }
  var value = sum.x + sum.y + sum.z + sum.w;
  if (BIAS) { value += bias[params.weightRow + column]; }
  let i = row * params.columns + column;
  if (ACCUMULATE) { value += y[i]; }
  y[i] = value;
}
