// Where kernels for few rows read and write, from a uniform.

struct Params {
  columns: u32,    // columns of y to write
  weightRow: u32,  // the row of weight that makes the first of them
  gateRow: u32,    // the row of its gate
  biasRow: u32,    // its bias
  yRow: u32,       // first row of y to write
  yStride: u32,    // row length of y
  yColumn: u32,    // first column of y to write
  eps: f32,
}

@group(1) @binding(0) var<uniform> params: Params;
