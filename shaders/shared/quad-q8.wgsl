// Codes of eight bits with a sign; joined with quad-tile64.wgsl.

fn codeWord(block: u32, i: u32) -> u32 { return weight[2 * block + i / 4][i & 3]; }

fn codesAt(codes: vec4u, byte: u32) -> vec4f {
  return inMantissa(((codes >> vec4u(8 * byte)) & vec4u(255)) ^ vec4u(128)) - 8388736.0;
}

// The four rows at each of four k.
fn quadValues(raw: RawQuad, k: u32) -> mat4x4f {
  let scale = quadScales(raw);
  return mat4x4f(
    codesAt(raw.codes, 0) * scale,
    codesAt(raw.codes, 1) * scale,
    codesAt(raw.codes, 2) * scale,
    codesAt(raw.codes, 3) * scale,
  );
}
