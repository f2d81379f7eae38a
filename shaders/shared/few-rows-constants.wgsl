// Where kernels for few rows read and write, compiled in: a kernel without params is bound with one call less for every token.
// constants: COLUMNS, WEIGHT_ROW, GATE_ROW, BIAS_ROW, Y_ROW, Y_STRIDE, Y_COLUMN, EPS

struct Place {
  columns: u32,    // columns of y to write
  weightRow: u32,  // the row of weight that makes the first of them
  gateRow: u32,    // the row of its gate
  biasRow: u32,    // its bias
  yRow: u32,       // first row of y to write
  yStride: u32,    // row length of y
  yColumn: u32,    // first column of y to write
  eps: f32,
}

const params = Place(COLUMNS, WEIGHT_ROW, GATE_ROW, BIAS_ROW, Y_ROW, Y_STRIDE, Y_COLUMN, EPS);
