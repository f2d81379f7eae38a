// What becomes of the sums of a linear layer of many rows: y = activation(sum + bias), y += sum + bias, or y = silu(gate) * value.
// Sums come in quads: four columns of a row of y, or two columns of which the quad holds both values, then both gates.
// Columns of y are a multiple of 4.
// joined with: shared/gelu.wgsl, shared/ends-constants.wgsl or shared/ends-params.wgsl, and a file that declares
// `bias: array<f32>` and `y: array<vec2f>`

struct Params {
  rows: u32,
  columns: u32,    // of y that are made here
  k4: u32,         // K / 4
  weightRow: u32,  // the row of weight that makes the first of them
  gateRow: u32,    // the row that makes its gate
  biasRow: u32,    // its bias
  yRow: u32,       // first row of y to write
  yStride2: u32,   // row length of y / 2
  yColumn2: u32,   // first column of y to write / 2
  parts: u32,      // of K, each by workgroups of its own
  ends: u32,       // bits of what becomes of a sum, in shared/ends-params.wgsl
}

@group(1) @binding(0) var<uniform> params: Params;

fn quadColumns() -> u32 { return select(4u, 2u, isGated()); }
fn quads() -> u32 { return params.columns / quadColumns(); }

// The rows of weight that make a quad.
fn quadRows(quad: u32) -> vec4u {
  let first = params.weightRow + quad * quadColumns();
  if (isGated()) {
    let gate = params.gateRow + quad * quadColumns();
    return vec4u(first, first + 1, gate, gate + 1);
  }
  return first + vec4u(0, 1, 2, 3);
}

fn storeQuad(row: u32, quad: u32, sum: vec4f) {
  let i = (params.yRow + row) * params.yStride2 + params.yColumn2 + quad * quadColumns() / 2;
  if (isGated()) {
    y[i] = sum.zw / (1.0 + exp(-sum.zw)) * sum.xy;
    return;
  }
  var value = sum;
  if (hasBias()) {
    let b = params.biasRow + quad * 4;
    value += vec4f(bias[b], bias[b + 1], bias[b + 2], bias[b + 3]);
  }
  if (hasGelu()) { value = gelu(value); }
  if (accumulates()) { value += vec4f(y[i], y[i + 1]); }
  y[i] = value.xy;
  y[i + 1] = value.zw;
}
