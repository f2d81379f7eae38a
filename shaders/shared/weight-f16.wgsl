// Weights as rows of f16, two to a word. A whole row is one block.
@group(0) @binding(1) var<storage, read> weight: array<vec2u>;  // [rows, K/4]
@group(0) @binding(2) var<storage, read> scales: array<u32>;    // weight again: there are none

struct WeightBlock { first: u32 }

fn blocksOf(k4: u32) -> u32 { return 1; }
fn blockVectors(k4: u32) -> u32 { return k4; }
fn weightBlock(row: u32, block: u32, k4: u32) -> WeightBlock { return WeightBlock(row * k4); }
fn weightVector(block: WeightBlock, i: u32) -> vec4f {
  let words = weight[block.first + i];
  return vec4f(unpack2x16float(words.x), unpack2x16float(words.y));
}
fn inRow(vector: u32, k4: u32) -> u32 { return vector; }
