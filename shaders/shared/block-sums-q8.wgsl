// A block of four rows of int8 codes times x.
// joined with: shared/tile64.wgsl, shared/few-rows.wgsl

struct Activations { a0: vec4f, a1: vec4f, a2: vec4f, a3: vec4f, a4: vec4f, a5: vec4f, a6: vec4f, a7: vec4f }

fn codes(word: u32) -> vec4f { return vec4f(unpack4xI8(word)); }

fn rowTimes(low: vec4u, high: vec4u, scale: f32, x: Activations) -> f32 {
  let sum = codes(low.x) * x.a0 + codes(low.y) * x.a1 + codes(low.z) * x.a2 + codes(low.w) * x.a3
    + codes(high.x) * x.a4 + codes(high.y) * x.a5 + codes(high.z) * x.a6 + codes(high.w) * x.a7;
  return (sum.x + sum.y + sum.z + sum.w) * scale;
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
  let scale = vec4f(blockScale(index.x), blockScale(index.y), blockScale(index.z), blockScale(index.w));
  let a = Activations(
    activation(row, vector), activation(row, vector + 1), activation(row, vector + 2), activation(row, vector + 3),
    activation(row, vector + 4), activation(row, vector + 5), activation(row, vector + 6), activation(row, vector + 7),
  );
  return vec4f(
    rowTimes(low0, high0, scale.x, a),
    rowTimes(low1, high1, scale.y, a),
    rowTimes(low2, high2, scale.z, a),
    rowTimes(low3, high3, scale.w, a),
  );
}
