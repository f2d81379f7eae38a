// Weights as they are in a checkpoint: rows of f32. A whole row is one block.
@group(0) @binding(1) var<storage, read> weight: array<vec4f>;  // [rows, K/4]
@group(0) @binding(2) var<storage, read> scales: array<u32>;    // weight again: there are none

struct WeightBlock { first: u32 }

fn blocksOf(k4: u32) -> u32 { return 1; }
fn blockVectors(k4: u32) -> u32 { return k4; }
fn weightBlock(row: u32, block: u32, k4: u32) -> WeightBlock { return WeightBlock(row * k4); }
fn weightVector(block: WeightBlock, i: u32) -> vec4f { return weight[block.first + i]; }
fn inRow(vector: u32, k4: u32) -> u32 { return vector; }
