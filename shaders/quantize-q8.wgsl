// Checkpoint rows -> q8: the largest magnitude of a block becomes code 127.
// joined with: shared/half.wgsl, shared/checkpoint-values.wgsl, shared/quantize-rows.wgsl    reference: src/weights/formats.ts

fn encodeBlock(row: u32, firstVector: u32, index: u32) -> u32 {
  var largest = vec4f();
  var finite = true;
  for (var i = 0u; i < 8; i++) {
    let v = rowVector(row, firstVector + i, params.k4);
    finite = finite && isFinite(v);
    largest = max(largest, abs(v));
  }
  let extreme = max(max(largest.x, largest.y), max(largest.z, largest.w));
  let half = storedScale(extreme / 127);
  let scale = halfValue(half);
  let inverse = select(0.0, 1 / scale, scale > 0);
  var words: array<u32, 8>;
  for (var i = 0u; i < 8; i++) {
    let steps = floor(rowVector(row, firstVector + i, params.k4) * inverse + 0.5);
    let bytes = bitcast<vec4u>(vec4i(clamp(steps, vec4f(-127), vec4f(127)))) & vec4u(0xff);
    words[i] = bytes.x | (bytes.y << 8) | (bytes.z << 16) | (bytes.w << 24);
  }
  codes[2 * index] = vec4u(words[0], words[1], words[2], words[3]);
  codes[2 * index + 1] = vec4u(words[4], words[5], words[6], words[7]);
  return checked(half, finite);
}
