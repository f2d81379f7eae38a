// A block of four rows of q4 codes times x. The sum of code * x is taken first, and 8 times the sum of x, which the rows
// share, is subtracted once.
// joined with: shared/codes.wgsl or shared/codes-normalized.wgsl, shared/tile64.wgsl, shared/sums-in-tiles.wgsl

struct BlockSums { r0: vec4f, r1: vec4f, r2: vec4f, r3: vec4f, all: vec4f }

// A word holds two vectors: one in the low halves of its bytes, the next in the high ones.
fn wordTimes(word: u32, a: vec4f, b: vec4f) -> vec4f {
  return unsignedCodes(word & 0x0f0f0f0f) * a + unsignedCodes((word >> 4) & 0x0f0f0f0f) * b;
}

// One word of each row, and the two vectors of x that they meet.
fn addWords(sums: BlockSums, words: vec4u, a: vec4f, b: vec4f) -> BlockSums {
  return BlockSums(
    sums.r0 + wordTimes(words.x, a, b),
    sums.r1 + wordTimes(words.y, a, b),
    sums.r2 + wordTimes(words.z, a, b),
    sums.r3 + wordTimes(words.w, a, b),
    sums.all + a + b,
  );
}

fn blockSums(row: u32, index: vec4u, vector: u32) -> vec4f {
  let c0 = weight[index.x];
  let c1 = weight[index.y];
  let c2 = weight[index.z];
  let c3 = weight[index.w];
  let scale = fourScales(index);
  var sums = BlockSums();
  sums = addWords(sums, vec4u(c0.x, c1.x, c2.x, c3.x), activation(row, vector), activation(row, vector + 1));
  sums = addWords(sums, vec4u(c0.y, c1.y, c2.y, c3.y), activation(row, vector + 2), activation(row, vector + 3));
  sums = addWords(sums, vec4u(c0.z, c1.z, c2.z, c3.z), activation(row, vector + 4), activation(row, vector + 5));
  sums = addWords(sums, vec4u(c0.w, c1.w, c2.w, c3.w), activation(row, vector + 6), activation(row, vector + 7));
  let codeSums = vec4f(total(sums.r0), total(sums.r1), total(sums.r2), total(sums.r3));
  return (codeSums * UNSIGNED_UNIT - 8 * total(sums.all)) * scale;
}
