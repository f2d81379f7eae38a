// y = activation(x weight^T + bias), or y += x weight^T + bias: the linear layers of prefill and vision.
// One invocation holds 4 rows x 4 columns of y in registers and walks K block by block of the weight's format. Rows past the end
// are computed from the last valid one and not stored. Columns are a multiple of 4.
// constants: BIAS, GELU, ACCUMULATE    joined with: shared/weight-*.wgsl, shared/gelu.wgsl    reference: tests/reference/matmul.ts

struct Params {
  rows: u32,
  columns: u32,    // rows of weight to use
  k4: u32,         // K / 4
  weightRow: u32,  // the first of them
  biasRow: u32,    // its bias
  yRow: u32,       // first row of y to write
  yStride4: u32,   // row length of y / 4
  yColumn4: u32,   // first column of y to write / 4
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;        // [rows, K/4]
// binding 1: weight, binding 2: scales
@group(0) @binding(3) var<storage, read> bias: array<f32>;       // [*]; x again when there is none
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;  // [*, yStride4]
@group(1) @binding(0) var<uniform> params: Params;

fn biasAt(column: u32) -> vec4f {
  if (!BIAS) { return vec4f(); }
  let i = params.biasRow + column;
  return vec4f(bias[i], bias[i + 1], bias[i + 2], bias[i + 3]);
}

fn store(row: u32, column: u32, sum: vec4f) {
  if (row >= params.rows) { return; }
  let i = (params.yRow + row) * params.yStride4 + params.yColumn4 + column / 4;
  var value = sum + biasAt(column);
  if (GELU) { value = gelu(value); }
  if (ACCUMULATE) { value += y[i]; }
  y[i] = value;
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x * 4;
  let row = id.y * 4;
  if (column >= params.columns || row >= params.rows) { return; }
  let last = params.rows - 1;
  let k4 = params.k4;
  let x0 = row * k4;
  let x1 = min(row + 1, last) * k4;
  let x2 = min(row + 2, last) * k4;
  let x3 = min(row + 3, last) * k4;
  let weightRow = params.weightRow + column;
  var y0 = vec4f();
  var y1 = vec4f();
  var y2 = vec4f();
  var y3 = vec4f();
  for (var block = 0u; block < blocksOf(k4); block++) {
    let block0 = weightBlock(weightRow, block, k4);
    let block1 = weightBlock(weightRow + 1, block, k4);
    let block2 = weightBlock(weightRow + 2, block, k4);
    let block3 = weightBlock(weightRow + 3, block, k4);
    let vectors = blockVectors(k4);
    for (var i = 0u; i < vectors; i++) {
      let k = inRow(block * vectors + i, k4);
      let b0 = weightVector(block0, i);
      let b1 = weightVector(block1, i);
      let b2 = weightVector(block2, i);
      let b3 = weightVector(block3, i);
      let a0 = x[x0 + k];
      y0 += vec4f(dot(a0, b0), dot(a0, b1), dot(a0, b2), dot(a0, b3));
      let a1 = x[x1 + k];
      y1 += vec4f(dot(a1, b0), dot(a1, b1), dot(a1, b2), dot(a1, b3));
      let a2 = x[x2 + k];
      y2 += vec4f(dot(a2, b0), dot(a2, b1), dot(a2, b2), dot(a2, b3));
      let a3 = x[x3 + k];
      y3 += vec4f(dot(a3, b0), dot(a3, b1), dot(a3, b2), dot(a3, b3));
    }
  }
  store(row, column, y0);
  store(row + 1, column, y1);
  store(row + 2, column, y2);
  store(row + 3, column, y3);
}
