// Rows of a checkpoint as they lie in its file, four bytes to a word. K is a multiple of 4. SOURCE: 0 f32, 1 bf16, 2 f16.
// constants: SOURCE    joined with: shared/half.wgsl
@group(0) @binding(0) var<storage, read> source: array<u32>;  // [rows, K]

// Values 4 i .. 4 i + 3.
fn sourceVector(i: u32) -> vec4f {
  if (SOURCE == 0) {
    return bitcast<vec4f>(vec4u(source[4 * i], source[4 * i + 1], source[4 * i + 2], source[4 * i + 3]));
  }
  let a = source[2 * i];
  let b = source[2 * i + 1];
  if (SOURCE == 1) { return bitcast<vec4f>(vec4u(a << 16, a & 0xffff0000, b << 16, b & 0xffff0000)); }
  return vec4f(halfValue(a & 0xffff), halfValue(a >> 16), halfValue(b & 0xffff), halfValue(b >> 16));
}

// A vector of zeros where the row has ended.
fn rowVector(row: u32, vector: u32, k4: u32) -> vec4f {
  if (vector >= k4) { return vec4f(); }
  return sourceVector(row * k4 + vector);
}

// NaN and infinities by their bits: comparisons with them may be assumed away.
fn isFinite(v: vec4f) -> bool {
  return all((bitcast<vec4u>(v) & vec4u(0x7f800000)) != vec4u(0x7f800000));
}
