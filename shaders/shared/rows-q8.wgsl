// Four rows of int8 codes times x: a step is a block of 32 columns.
// constants: K4    joined with: shared/half.wgsl, shared/tile64.wgsl, matvec-rows.wgsl

const STEPS = (u32(K4) + 7) / 8;
const IN_ROWS = false;

fn addStep(sums: ptr<function, array<vec4f, ROWS>>, rows: vec4u, step: u32) {
  let at = rows / 64 * (STEPS * 64) + rows % 64 + step * 64;
  let scale = vec4f(blockScale(at.x), blockScale(at.y), blockScale(at.z), blockScale(at.w));
  addHalf(sums, 2 * at, scale, step * 8);
  addHalf(sums, 2 * at + 1, scale, step * 8 + 4);
}

// Sixteen columns of each row.
fn addHalf(sums: ptr<function, array<vec4f, ROWS>>, at: vec4u, scale: vec4f, vector: u32) {
  let c0 = weight[at.x];
  let c1 = weight[at.y];
  let c2 = weight[at.z];
  let c3 = weight[at.w];
  addQuad(sums, codeQuad(vec4u(c0.x, c1.x, c2.x, c3.x), scale), vector);
  addQuad(sums, codeQuad(vec4u(c0.y, c1.y, c2.y, c3.y), scale), vector + 1);
  addQuad(sums, codeQuad(vec4u(c0.z, c1.z, c2.z, c3.z), scale), vector + 2);
  addQuad(sums, codeQuad(vec4u(c0.w, c1.w, c2.w, c3.w), scale), vector + 3);
}

fn codeQuad(words: vec4u, scale: vec4f) -> mat4x4f {
  return mat4x4f(codesAt(words, 24) * scale, codesAt(words, 16) * scale, codesAt(words, 8) * scale, codesAt(words, 0) * scale);
}

fn codesAt(words: vec4u, bit: u32) -> vec4f { return vec4f((bitcast<vec4i>(words) << vec4u(bit)) >> vec4u(24)); }
