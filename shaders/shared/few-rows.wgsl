// What the matrix-vector kernels share: an invocation makes four sums, for four rows of weight or for two rows of a gated
// layer's value and the two of its gate; neighbouring lanes take neighbouring rows.
// constants: K4, LANES, BIAS, GELU, ACCUMULATE, NORMED, GATED, STOPPABLE    joined with: shared/gelu.wgsl,
// shared/few-rows-params.wgsl or shared/few-rows-constants.wgsl, and a file that reads weights

@group(0) @binding(0) var<storage, read> x: array<vec4f>;           // [rows, K4]
// binding 1: weight, binding 2: scales
@group(0) @binding(3) var<storage, read> bias: array<f32>;          // [*]; x again when there is none
@group(0) @binding(4) var<storage, read> normWeight: array<vec4f>;  // [K4]; x again when x is read as it is
@group(0) @binding(5) var<storage, read> cursor: array<u32>;        // [2] position, stopped; x again when nothing stops it
@group(0) @binding(6) var<storage, read_write> y: array<f32>;       // [*, yStride]

const MADE = select(4u, 2u, GATED);  // columns of y that an invocation makes

// The columns of y that a lane makes, counted from the dispatch's first; they may lie beyond the last.
fn columnsOf(group: u32, lane: u32) -> vec4u {
  return group * (LANES * MADE) + lane + vec4u(0, LANES, 2 * LANES, 3 * LANES);
}

// Columns beyond the last are made from the last row and not stored.
fn rowsOf(columns: vec4u) -> vec4u {
  let known = min(columns, vec4u(params.columns - 1));
  if (GATED) { return vec4u(params.weightRow + known.xy, params.gateRow + known.xy); }
  return params.weightRow + known;
}

// Vectors beyond the row are 0: the last block of a quantised row may be longer than the row.
fn rawActivation(row: u32, i: u32) -> vec4f {
  if (K4 % 8 == 0) { return x[row * K4 + i]; }
  return select(vec4f(), x[row * K4 + min(i, K4 - 1)], i < K4);
}

fn activation(row: u32, i: u32) -> vec4f {
  let value = rawActivation(row, i);
  if (NORMED) { return value * normWeight[min(i, K4 - 1)]; }
  return value;
}

// What x is multiplied by when it is normed: it is linear, so the sums take it in place of x.
fn normScale(squares: f32) -> f32 {
  return inverseSqrt(squares / f32(4 * K4) + params.eps);
}

fn storeColumn(row: u32, column: u32, sum: f32) {
  if (column >= params.columns) { return; }
  var value = sum;
  if (BIAS) { value += bias[params.biasRow + column]; }
  if (GELU) { value = gelu(vec4f(value)).x; }
  let i = (params.yRow + row) * params.yStride + params.yColumn + column;
  if (ACCUMULATE) { value += y[i]; }
  y[i] = value;
}

fn store(row: u32, columns: vec4u, sums: vec4f) {
  if (GATED) {
    let gate = sums.zw;
    let gated = gate / (1.0 + exp(-gate)) * sums.xy;
    storeColumn(row, columns.x, gated.x);
    storeColumn(row, columns.y, gated.y);
  } else {
    storeColumn(row, columns.x, sums.x);
    storeColumn(row, columns.y, sums.y);
    storeColumn(row, columns.z, sums.z);
    storeColumn(row, columns.w, sums.w);
  }
}
