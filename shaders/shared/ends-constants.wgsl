// What becomes of the sums of a linear layer of many rows, compiled in: GPUs run one pipeline for each way.
// constants: BIAS, GELU, ACCUMULATE, GATED

fn hasBias() -> bool { return BIAS; }
fn hasGelu() -> bool { return GELU; }
fn accumulates() -> bool { return ACCUMULATE; }
fn isGated() -> bool { return GATED; }
