// Weights as codes of four bits, 8 standing for 0; joined with tile64.wgsl.
struct WeightBlock {
  codes: vec4u,
  scale: f32,
}

fn weightBlock(row: u32, block: u32, k4: u32) -> WeightBlock {
  let i = blockIndex(row, block, k4);
  return WeightBlock(weight[i], blockScale(i));
}

// A word holds two vectors: one in the low halves of its bytes, the next in the high ones.
fn weightVector(block: WeightBlock, i: u32) -> vec4f {
  let nibbles = block.codes[i / 2] >> (4 * (i & 1));
  return (vec4f((vec4u(nibbles) >> vec4u(0, 8, 16, 24)) & vec4u(15)) - 8.0) * block.scale;
}
