// A block of four rows of q4 codes times x. The sum of code * x is taken first, and 8 times the sum of x, which all rows
// share, is subtracted once.
// joined with: shared/tile64.wgsl, shared/few-rows.wgsl

struct Activations {
  a0: vec4f, a1: vec4f, a2: vec4f, a3: vec4f, a4: vec4f, a5: vec4f, a6: vec4f, a7: vec4f,
  zero: f32,
}

// A word holds two vectors: one in the low halves of its bytes, the next in the high ones.
fn lowCodes(word: u32) -> vec4f { return vec4f(unpack4xU8(word & 0x0f0f0f0f)); }
fn highCodes(word: u32) -> vec4f { return vec4f(unpack4xU8((word >> 4) & 0x0f0f0f0f)); }

fn rowTimes(codes: vec4u, scale: f32, x: Activations) -> f32 {
  let sum = lowCodes(codes.x) * x.a0 + highCodes(codes.x) * x.a1 + lowCodes(codes.y) * x.a2 + highCodes(codes.y) * x.a3
    + lowCodes(codes.z) * x.a4 + highCodes(codes.z) * x.a5 + lowCodes(codes.w) * x.a6 + highCodes(codes.w) * x.a7;
  return (sum.x + sum.y + sum.z + sum.w - x.zero) * scale;
}

fn blockSums(row: u32, index: vec4u, vector: u32) -> vec4f {
  let c0 = weight[index.x];
  let c1 = weight[index.y];
  let c2 = weight[index.z];
  let c3 = weight[index.w];
  let scale = vec4f(blockScale(index.x), blockScale(index.y), blockScale(index.z), blockScale(index.w));
  let a0 = activation(row, vector);
  let a1 = activation(row, vector + 1);
  let a2 = activation(row, vector + 2);
  let a3 = activation(row, vector + 3);
  let a4 = activation(row, vector + 4);
  let a5 = activation(row, vector + 5);
  let a6 = activation(row, vector + 6);
  let a7 = activation(row, vector + 7);
  let all = a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7;
  let a = Activations(a0, a1, a2, a3, a4, a5, a6, a7, 8 * (all.x + all.y + all.z + all.w));
  return vec4f(
    rowTimes(c0, scale.x, a),
    rowTimes(c1, scale.y, a),
    rowTimes(c2, scale.z, a),
    rowTimes(c3, scale.w, a),
  );
}
