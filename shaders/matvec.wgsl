// y[r] = activation(x[r] weight^T + bias), or y[r] += ...: linear layers of few rows, any number of columns.
// One invocation per output value; it walks its own row of weight. The grid's y axis is the row.
// constants: BIAS, GELU, ACCUMULATE    joined with: shared/weight-*.wgsl, shared/gelu.wgsl    reference: tests/reference/matmul.ts

struct Params {
  columns: u32,    // rows of weight to use
  k4: u32,         // K / 4
  weightRow: u32,  // the first of them
  biasRow: u32,    // its bias
  yRow: u32,       // first row of y to write
  yStride: u32,    // row length of y
  yColumn: u32,    // first column of y to write
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;      // [rows, K/4]
// binding 1: weight, binding 2: scales
@group(0) @binding(3) var<storage, read> bias: array<f32>;     // [*]; x again when there is none
@group(0) @binding(4) var<storage, read_write> y: array<f32>;  // [*, yStride]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x;
  let row = id.y;
  if (column >= params.columns) { return; }
  let k4 = params.k4;
  let a = row * k4;
  let weightRow = params.weightRow + column;
  var sum = vec4f();
  for (var block = 0u; block < blocksOf(k4); block++) {
    let weights = weightBlock(weightRow, block, k4);
    let vectors = blockVectors(k4);
    for (var i = 0u; i < vectors; i++) {
      sum += x[a + inRow(block * vectors + i, k4)] * weightVector(weights, i);
    }
  }
  var value = sum.x + sum.y + sum.z + sum.w;
  if (BIAS) { value += bias[params.biasRow + column]; }
  if (GELU) { value = gelu(vec4f(value)).x; }
  let i = (params.yRow + row) * params.yStride + params.yColumn + column;
  if (ACCUMULATE) { value += y[i]; }
  y[i] = value;
}
