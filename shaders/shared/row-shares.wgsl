// A workgroup of 256 is LANES lanes of four rows of weight, times PARTS parts of those rows. Neighbours are parts of the same
// rows where rows are stored one after the other, else lanes.
// constants: LANES    joined with: a file that says IN_ROWS

const PARTS = 256 / LANES;

fn laneOf(local: u32) -> u32 { return select(local % LANES, local / PARTS, IN_ROWS); }
fn partOf(local: u32) -> u32 { return select(local / LANES, local % PARTS, IN_ROWS); }
