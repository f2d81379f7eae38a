// Four rows of weight times x where rows are stored as tile64: neighbouring invocations take the same block of neighbouring
// rows. A step is a block of 32 columns.
// constants: PAIRS    joined with: shared/tile64.wgsl, shared/few-rows.wgsl, and a file with blockSums

const STEPS = (K4 + 7) / 8;

const IN_ROWS = false;

fn firstSteps(rows: vec4u) -> vec4u { return (rows / 64 * STEPS) * 64 + rows % 64; }

fn stepSums(row: u32, first: vec4u, step: u32) -> vec4f { return blockSums(row, first + step * 64, step * 8); }

// With PAIRS the first two rows share a word of scales, and the last two; where they do not, nothing of theirs is stored.
fn fourScales(index: vec4u) -> vec4f {
  if (PAIRS) {
    let first = scales[index.x / 2];
    let second = scales[index.z / 2];
    return vec4f(halfValue(first & 0xffff), halfValue(first >> 16), halfValue(second & 0xffff), halfValue(second >> 16));
  }
  return vec4f(blockScale(index.x), blockScale(index.y), blockScale(index.z), blockScale(index.w));
}

fn total(v: vec4f) -> f32 { return v.x + v.y + v.z + v.w; }

// The squares of x that an invocation adds: a lane takes one of the block's eight vectors.
fn stepSquares(row: u32, step: u32, lane: u32) -> f32 {
  let a = rawActivation(row, step * 8 + lane % 8);
  return dot(a, a);
}
fn timesSquared() -> f32 { return f32(LANES / 8); }
