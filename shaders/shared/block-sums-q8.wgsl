// A block of four rows of int8 codes times x.
// joined with: shared/codes.wgsl or shared/codes-normalized.wgsl, shared/tile64.wgsl, shared/sums-in-tiles.wgsl

struct BlockSums { r0: vec4f, r1: vec4f, r2: vec4f, r3: vec4f }

// One word of each row, and the vector of x that they meet.
fn addWords(sums: BlockSums, words: vec4u, a: vec4f) -> BlockSums {
  return BlockSums(
    sums.r0 + signedCodes(words.x) * a,
    sums.r1 + signedCodes(words.y) * a,
    sums.r2 + signedCodes(words.z) * a,
    sums.r3 + signedCodes(words.w) * a,
  );
}

// Half a block: 16 bytes of each row, and four vectors of x.
fn addHalf(sums: BlockSums, row: u32, index: vec4u, vector: u32) -> BlockSums {
  let c0 = weight[index.x];
  let c1 = weight[index.y];
  let c2 = weight[index.z];
  let c3 = weight[index.w];
  var more = addWords(sums, vec4u(c0.x, c1.x, c2.x, c3.x), activation(row, vector));
  more = addWords(more, vec4u(c0.y, c1.y, c2.y, c3.y), activation(row, vector + 1));
  more = addWords(more, vec4u(c0.z, c1.z, c2.z, c3.z), activation(row, vector + 2));
  return addWords(more, vec4u(c0.w, c1.w, c2.w, c3.w), activation(row, vector + 3));
}

fn blockSums(row: u32, index: vec4u, vector: u32) -> vec4f {
  let scale = fourScales(index);
  var sums = addHalf(BlockSums(), row, 2 * index, vector);
  sums = addHalf(sums, row, 2 * index + 1, vector + 4);
  return vec4f(total(sums.r0), total(sums.r1), total(sums.r2), total(sums.r3)) * (scale * SIGNED_UNIT);
}
