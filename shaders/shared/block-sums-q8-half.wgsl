// A block of four rows of int8 codes times x, summed in f16 within the block. 0x6400 is 1024 in f16, and a code with its sign
// turned, 1 .. 255, in its lowest bits adds itself; what is over is subtracted exactly.
// joined with: shared/half-block.wgsl, shared/tile64.wgsl, shared/sums-in-tiles.wgsl    needs f16

// The bytes 0, 2, 1 and 3 of a word.
fn codes(word: u32) -> vec4h {
  let positive = word ^ 0x80808080;
  return bitcast<vec4h>((vec2u(positive, positive >> 8) & vec2u(0x00ff00ff)) | vec2u(0x64006400)) - 1152;
}

fn rowTimes(low: vec4u, high: vec4u, x: HalfBlock) -> f32 {
  var sums = codes(low.x) * x.a0;
  sums = fma(codes(low.y), x.a1, sums);
  sums = fma(codes(low.z), x.a2, sums);
  sums = fma(codes(low.w), x.a3, sums);
  sums = fma(codes(high.x), x.a4, sums);
  sums = fma(codes(high.y), x.a5, sums);
  sums = fma(codes(high.z), x.a6, sums);
  sums = fma(codes(high.w), x.a7, sums);
  return wholeSum(sums);
}

fn blockSums(row: u32, index: vec4u, vector: u32) -> vec4f {
  let low0 = weight[2 * index.x];
  let high0 = weight[2 * index.x + 1];
  let low1 = weight[2 * index.y];
  let high1 = weight[2 * index.y + 1];
  let low2 = weight[2 * index.z];
  let high2 = weight[2 * index.z + 1];
  let low3 = weight[2 * index.w];
  let high3 = weight[2 * index.w + 1];
  let scale = fourScales(index);
  let a = halfBlock(row, vector);
  return vec4f(rowTimes(low0, high0, a), rowTimes(low1, high1, a), rowTimes(low2, high2, a), rowTimes(low3, high3, a))
    * (scale * a.unit);
}
