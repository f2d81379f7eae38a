// Weights as int8 codes; joined with tile64.wgsl.
struct WeightBlock {
  low: vec4u,   // columns 0 .. 15
  high: vec4u,  // columns 16 .. 31
  scale: f32,
}

fn weightBlock(row: u32, block: u32, k4: u32) -> WeightBlock {
  let i = blockIndex(row, block, k4);
  return WeightBlock(weight[2 * i], weight[2 * i + 1], blockScale(i));
}

fn weightVector(block: WeightBlock, i: u32) -> vec4f {
  let word = bitcast<i32>(select(block.low, block.high, i > 3)[i & 3]);
  return vec4f((vec4i(word) << vec4u(24, 16, 8, 0)) >> vec4u(24)) * block.scale;
}
