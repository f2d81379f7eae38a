// A block of one row of int8 codes, and its product with 32 int8 codes of x.
// joined with: shared/tile64.wgsl

struct RowCodes { first: vec4u, second: vec4u }

const ZERO = 0;  // the code of 0

fn rowCodes(index: u32) -> RowCodes { return RowCodes(weight[2 * index], weight[2 * index + 1]); }

fn wordsDot(row: vec4u, x: vec4u) -> i32 {
  return dot4I8Packed(row.x, x.x) + dot4I8Packed(row.y, x.y) + dot4I8Packed(row.z, x.z) + dot4I8Packed(row.w, x.w);
}

fn blockDot(row: RowCodes, a: vec4u, b: vec4u) -> i32 { return wordsDot(row.first, a) + wordsDot(row.second, b); }
