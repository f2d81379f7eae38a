// Checkpoint rows -> q8: the largest magnitude of a block becomes code 127, 126 or 125, whichever leaves the least squared
// error; src/weights/formats/block-scale.ts says why.
// joined with: shared/half.wgsl, shared/checkpoint-values.wgsl, shared/quantize-rows.wgsl    reference: src/weights/formats/formats.ts

fn encodeBlock(row: u32, firstVector: u32, index: u32) -> u32 {
  var values: array<vec4f, 8>;
  var largest = vec4f();
  var finite = true;
  for (var i = 0u; i < 8; i++) {
    let v = rowVector(row, firstVector + i, params.k4);
    values[i] = v;
    finite = finite && isFinite(v);
    largest = max(largest, abs(v));
  }
  let extreme = max(max(largest.x, largest.y), max(largest.z, largest.w));
  var half = 0u;
  var least = 0.0;
  for (var n = 0u; n < 3; n++) {
    let candidate = storedScale(extreme / (127 - f32(n)));
    let scale = halfValue(candidate);
    let inverse = select(0.0, 1 / scale, scale > 0);
    var error = 0.0;
    for (var i = 0u; i < 8; i++) {
      let off = (values[i] * inverse - round(values[i] * inverse)) * scale;
      error += dot(off, off);
    }
    if (n == 0 || (error < least && candidate < 0x7c00)) {
      least = error;
      half = candidate;
    }
  }
  let scale = halfValue(half);
  let inverse = select(0.0, 1 / scale, scale > 0);
  var words: array<u32, 8>;
  for (var i = 0u; i < 8; i++) {
    let steps = floor(values[i] * inverse + 0.5);
    let bytes = bitcast<vec4u>(vec4i(clamp(steps, vec4f(-127), vec4f(127)))) & vec4u(0xff);
    words[i] = bytes.x | (bytes.y << 8) | (bytes.z << 16) | (bytes.w << 24);
  }
  codes[2 * index] = vec4u(words[0], words[1], words[2], words[3]);
  codes[2 * index + 1] = vec4u(words[4], words[5], words[6], words[7]);
  return checked(half, finite);
}
