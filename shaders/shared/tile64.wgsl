// Blocks of 32 columns that share a scale, in tiles of 64 rows x 1 block: neighbouring rows lie side by side. The layout
// is described in src/weights/formats/formats.ts. A block holds eight vec4.
// joined with: shared/half.wgsl
@group(0) @binding(1) var<storage, read> weight: array<vec4u>;  // codes
@group(0) @binding(2) var<storage, read> scales: array<u32>;    // two f16 each

fn blocksOf(k4: u32) -> u32 { return (k4 + 7) / 8; }
fn blockVectors(k4: u32) -> u32 { return 8; }

fn blockIndex(row: u32, block: u32, k4: u32) -> u32 {
  return (row / 64 * blocksOf(k4) + block) * 64 + row % 64;
}

fn blockScale(index: u32) -> f32 {
  return halfValue((scales[index / 2] >> (16 * (index & 1))) & 0xffff);
}

// The last block may end beyond the row, where its codes stand for 0: there its vectors meet the last of x again.
fn inRow(vector: u32, k4: u32) -> u32 { return min(vector, k4 - 1); }
