// Checkpoint rows -> q4. Of five numbers of steps for the value of largest magnitude, the one whose codes, each with its best
// scale, leave the least squared error; src/weights/formats/block-scale.ts has the formula.
// joined with: shared/half.wgsl, shared/checkpoint-values.wgsl, shared/quantize-rows.wgsl    reference: src/weights/formats/formats.ts

const vanishing = 1e-30;  // all codes of a smaller block are 0; its inverse might be infinite

fn codesOf(v: vec4f, inverse: f32) -> vec4f {
  return clamp(floor(v * inverse + 8.5), vec4f(), vec4f(15));
}

fn larger(a: f32, b: f32) -> f32 { return select(a, b, abs(b) > abs(a)); }

fn encodeBlock(row: u32, firstVector: u32, index: u32) -> u32 {
  var values: array<vec4f, 8>;
  var extreme = 0.0;  // the first of those with the largest magnitude
  var finite = true;
  for (var i = 0u; i < 8; i++) {
    let v = rowVector(row, firstVector + i, params.k4);
    values[i] = v;
    finite = finite && isFinite(v);
    extreme = larger(larger(larger(larger(extreme, v.x), v.y), v.z), v.w);
  }
  var best = 0.0;
  if (abs(extreme) > vanishing) {
    var most = 0.0;
    for (var n = 0u; n < 5; n++) {
      let inverse = -(7.1 + 0.5 * f32(n)) / extreme;
      var product = 0.0;
      var square = 0.0;
      for (var i = 0u; i < 8; i++) {
        let c = codesOf(values[i], inverse) - 8;
        product += dot(values[i], c);
        square += dot(c, c);
      }
      let scale = product / square;
      if (product * scale > most) {
        most = product * scale;
        best = scale;
      }
    }
  }
  let half = storedScale(best);
  let scale = halfValue(half);
  let inverse = select(0.0, 1 / scale, scale != 0);
  var words: vec4u;
  for (var i = 0u; i < 4; i++) {
    let c = vec4u(codesOf(values[2 * i], inverse)) | (vec4u(codesOf(values[2 * i + 1], inverse)) << vec4u(4));
    words[i] = c.x | (c.y << 8) | (c.z << 16) | (c.w << 24);
  }
  codes[index] = words;
  return checked(half, finite);
}
