// A block of four rows of q4 codes times x, summed in f16 within the block. 0x6400 is 1024 in f16, and a code in its lowest
// bits adds itself; what is over is subtracted exactly.
// joined with: shared/half-block.wgsl, shared/tile64.wgsl, shared/sums-in-tiles.wgsl    needs f16

// The nibbles 0, 4, 2 and 6 of a word, and with the word shifted by 4 the others: each pair of bytes is a pair of f16.
fn codes(word: u32) -> vec4h {
  return bitcast<vec4h>((vec2u(word, word >> 8) & vec2u(0x000f000f)) | vec2u(0x64006400)) - 1032;
}

fn rowTimes(word: vec4u, x: HalfBlock) -> f32 {
  let high = word >> vec4u(4);
  var sums = codes(word.x) * x.a0;
  sums = fma(codes(high.x), x.a1, sums);
  sums = fma(codes(word.y), x.a2, sums);
  sums = fma(codes(high.y), x.a3, sums);
  sums = fma(codes(word.z), x.a4, sums);
  sums = fma(codes(high.z), x.a5, sums);
  sums = fma(codes(word.w), x.a6, sums);
  sums = fma(codes(high.w), x.a7, sums);
  return wholeSum(sums);
}

fn blockSums(row: u32, index: vec4u, vector: u32) -> vec4f {
  let c0 = weight[index.x];
  let c1 = weight[index.y];
  let c2 = weight[index.z];
  let c3 = weight[index.w];
  let scale = fourScales(index);
  let a = halfBlock(row, vector);
  return vec4f(rowTimes(c0, a), rowTimes(c1, a), rowTimes(c2, a), rowTimes(c3, a)) * (scale * a.unit);
}
