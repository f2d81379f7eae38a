// Four rows of q4 codes times x: a step is a block of 32 columns.
// constants: K4    joined with: shared/half.wgsl, shared/tile64.wgsl, matvec-rows.wgsl

const STEPS = (u32(K4) + 7) / 8;
const IN_ROWS = false;

fn addStep(sums: ptr<function, array<vec4f, ROWS>>, rows: vec4u, step: u32) {
  let at = rows / 64 * (STEPS * 64) + rows % 64 + step * 64;
  let c0 = weight[at.x];
  let c1 = weight[at.y];
  let c2 = weight[at.z];
  let c3 = weight[at.w];
  let scale = vec4f(blockScale(at.x), blockScale(at.y), blockScale(at.z), blockScale(at.w));
  addWord(sums, vec4u(c0.x, c1.x, c2.x, c3.x), scale, step * 8);
  addWord(sums, vec4u(c0.y, c1.y, c2.y, c3.y), scale, step * 8 + 2);
  addWord(sums, vec4u(c0.z, c1.z, c2.z, c3.z), scale, step * 8 + 4);
  addWord(sums, vec4u(c0.w, c1.w, c2.w, c3.w), scale, step * 8 + 6);
}

// A word holds two vectors: one in the low halves of its bytes, the next in the high ones.
fn addWord(sums: ptr<function, array<vec4f, ROWS>>, words: vec4u, scale: vec4f, vector: u32) {
  addQuad(sums, codeQuad(words, scale), vector);
  addQuad(sums, codeQuad(words >> vec4u(4), scale), vector + 1);
}

fn codeQuad(words: vec4u, scale: vec4f) -> mat4x4f {
  return mat4x4f(codesAt(words, 0) * scale, codesAt(words, 8) * scale, codesAt(words, 16) * scale, codesAt(words, 24) * scale);
}

// Whole numbers below 2^23 as the mantissa of 2^23, which takes no conversion; a code of 8 stands for 0.
fn codesAt(words: vec4u, bit: u32) -> vec4f {
  return bitcast<vec4f>(((words >> vec4u(bit)) & vec4u(15)) | vec4u(0x4b000000)) - 8388616.0;
}
