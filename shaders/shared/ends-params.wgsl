// What becomes of the sums of a linear layer of many rows, from a uniform: processors, which take longest to compile, need one
// pipeline for all ways.

fn hasBias() -> bool { return (params.ends & 1) != 0; }
fn hasGelu() -> bool { return (params.ends & 2) != 0; }
fn accumulates() -> bool { return (params.ends & 4) != 0; }
fn isGated() -> bool { return (params.ends & 8) != 0; }
