// Codes of four bits, 8 standing for 0; joined with quad-tile64.wgsl.

// A word holds two vectors: one in the low halves of its bytes, the next in the high ones.
fn codeWord(block: u32, i: u32) -> u32 { return weight[block][i / 2]; }

fn codesAt(codes: vec4u, byte: u32) -> vec4f {
  return inMantissa((codes >> vec4u(8 * byte)) & vec4u(15)) - 8388616.0;
}

// The four rows at each of four k.
fn quadValues(raw: RawQuad, k: u32) -> mat4x4f {
  let scale = quadScales(raw);
  let codes = raw.codes >> vec4u(4 * (k & 1));
  return mat4x4f(
    codesAt(codes, 0) * scale,
    codesAt(codes, 1) * scale,
    codesAt(codes, 2) * scale,
    codesAt(codes, 3) * scale,
  );
}
