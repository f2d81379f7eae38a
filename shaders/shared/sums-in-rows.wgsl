// Four rows of weight times x where rows are stored one after the other: neighbouring invocations take neighbouring vectors
// of the same rows. A step is one vector.
// joined with: shared/weight-f16.wgsl or shared/weight-f32.wgsl, shared/few-rows.wgsl

const STEPS = K4;

const IN_ROWS = true;

fn firstSteps(rows: vec4u) -> vec4u { return rows * K4; }

fn stepSums(row: u32, first: vec4u, step: u32) -> vec4f {
  let a = activation(row, step);
  return vec4f(
    dot(weightVector(WeightBlock(first.x), step), a),
    dot(weightVector(WeightBlock(first.y), step), a),
    dot(weightVector(WeightBlock(first.z), step), a),
    dot(weightVector(WeightBlock(first.w), step), a),
  );
}

// The squares of x that an invocation adds: all lanes add the same.
fn stepSquares(row: u32, step: u32, lane: u32) -> f32 {
  let a = rawActivation(row, step);
  return dot(a, a);
}
fn timesSquared() -> f32 { return f32(LANES); }
