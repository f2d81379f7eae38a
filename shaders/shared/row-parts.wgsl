// A workgroup of 256 is LANES lanes of four rows of weight, times PARTS parts of those rows; this is what one of them sums.
// joined with: shared/few-rows.wgsl and a file of sums

const PARTS = 256 / LANES;

// Neighbours are parts of the same rows where rows are stored one after the other, else lanes.
fn laneOf(local: u32) -> u32 { return select(local % LANES, local / PARTS, IN_ROWS); }
fn partOf(local: u32) -> u32 { return select(local / LANES, local % PARTS, IN_ROWS); }

struct PartSums {
  sums: vec4f,
  squares: f32,  // of x, where it is normed
}

fn addStep(soFar: PartSums, row: u32, first: vec4u, step: u32, lane: u32) -> PartSums {
  let sums = soFar.sums + stepSums(row, first, step);
  if (NORMED) { return PartSums(sums, soFar.squares + stepSquares(row, step, lane)); }
  return PartSums(sums, 0);
}

// The number of steps that all parts have is a constant, so that compilers may unroll the loop and load ahead.
fn sumPart(row: u32, columns: vec4u, lane: u32, part: u32) -> PartSums {
  let first = firstSteps(rowsOf(columns));
  var own = PartSums(vec4f(), 0);
  for (var i = 0u; i < STEPS / PARTS; i++) {
    own = addStep(own, row, first, i * PARTS + part, lane);
  }
  if (part < STEPS % PARTS) {
    own = addStep(own, row, first, STEPS / PARTS * PARTS + part, lane);
  }
  return own;
}
