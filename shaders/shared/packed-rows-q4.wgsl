// A block of one row of q4 codes, and its product with 32 int8 codes of x. The codes 0 .. 15 are int8 as they are; the 8 that
// stands for 0 is taken off once, by the sum of x's codes.
// joined with: shared/tile64.wgsl

alias RowCodes = vec4u;

const ZERO = 8;  // the code of 0

fn rowCodes(index: u32) -> RowCodes { return weight[index]; }

// A word holds two vectors: one in the low halves of its bytes, the next in the high ones.
fn wordDot(word: u32, a: u32, b: u32) -> i32 {
  return dot4I8Packed(word & 0x0f0f0f0f, a) + dot4I8Packed((word >> 4) & 0x0f0f0f0f, b);
}

fn blockDot(row: RowCodes, a: vec4u, b: vec4u) -> i32 {
  return wordDot(row.x, a.x, a.y) + wordDot(row.y, a.z, a.w) + wordDot(row.z, b.x, b.y) + wordDot(row.w, b.z, b.w);
}
