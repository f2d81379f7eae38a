// y = activation(x weight^T + bias), or y += x weight^T + bias: the linear layers of prefill and vision.
// One invocation holds 4 rows x 4 columns of y in registers and walks K in vec4 steps. Rows and columns past the end
// are computed from the last valid ones and not stored. Columns are a multiple of 4.
// constants: BIAS, GELU, ACCUMULATE    joined with: shared/gelu.wgsl    reference: tests/reference/matmul.ts

struct Params {
  rows: u32,
  columns: u32,
  k4: u32,         // K / 4
  weightRow: u32,  // first row of weight (and of bias) to use
  yRow: u32,       // first row of y to write
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;        // [rows, K/4]
@group(0) @binding(1) var<storage, read> weight: array<vec4f>;   // [*, K/4]
@group(0) @binding(2) var<storage, read> bias: array<f32>;       // [*]; weight again when there is none
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;  // [*, columns/4]
@group(1) @binding(0) var<uniform> params: Params;

fn biasAt(column: u32) -> vec4f {
  if (!BIAS) { return vec4f(); }
  let i = params.weightRow + column;
  return vec4f(bias[i], bias[i + 1], bias[i + 2], bias[i + 3]);
}

fn store(row: u32, column: u32, sum: vec4f) {
  if (row >= params.rows) { return; }
  let i = (params.yRow + row) * (params.columns / 4) + column / 4;
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
  let w0 = (params.weightRow + column) * k4;
  let w1 = w0 + k4;
  let w2 = w1 + k4;
  let w3 = w2 + k4;
  var y0 = vec4f();
  var y1 = vec4f();
  var y2 = vec4f();
  var y3 = vec4f();
  for (var k = 0u; k < k4; k++) {
    let b0 = weight[w0 + k];
    let b1 = weight[w1 + k];
    let b2 = weight[w2 + k];
    let b3 = weight[w3 + k];
    let a0 = x[x0 + k];
    y0 += vec4f(dot(a0, b0), dot(a0, b1), dot(a0, b2), dot(a0, b3));
    let a1 = x[x1 + k];
    y1 += vec4f(dot(a1, b0), dot(a1, b1), dot(a1, b2), dot(a1, b3));
    let a2 = x[x2 + k];
    y2 += vec4f(dot(a2, b0), dot(a2, b1), dot(a2, b2), dot(a2, b3));
    let a3 = x[x3 + k];
    y3 += vec4f(dot(a3, b0), dot(a3, b1), dot(a3, b2), dot(a3, b3));
  }
  store(row, column, y0);
  store(row + 1, column, y1);
  store(row + 2, column, y2);
  store(row + 3, column, y3);
}
