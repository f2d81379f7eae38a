// Four rows of blocks of 32 columns that share a scale, in tiles of 64 rows x 1 block, at one vec4 of K. The layout is described in
// src/weights/formats/formats.ts; `codeWord` says which word of a block holds the codes.
// joined with: shared/half.wgsl, shared/quad-q4.wgsl or quad-q8.wgsl
@group(0) @binding(1) var<storage, read> weight: array<vec4u>;  // codes
@group(0) @binding(2) var<storage, read> scales: array<u32>;    // two f16 each

struct RawQuad {
  codes: vec4u,   // the word of each row
  scales: vec4u,  // the word with its scale
  odd: vec4u,     // 16 where that is the upper half, else 0
}

fn rawQuad(rows: vec4u, k: u32, k4: u32) -> RawQuad {
  let blocks = (k4 + 7) / 8;
  let at = rows / 64 * (blocks * 64) + rows % 64 + k / 8 * 64;
  let i = k % 8;
  let half = at / 2;
  return RawQuad(
    vec4u(codeWord(at.x, i), codeWord(at.y, i), codeWord(at.z, i), codeWord(at.w, i)),
    vec4u(scales[half.x], scales[half.y], scales[half.z], scales[half.w]),
    (rows & vec4u(1)) * 16,
  );
}

fn quadScales(raw: RawQuad) -> vec4f {
  let half = (raw.scales >> raw.odd) & vec4u(0xffff);
  return vec4f(halfValue(half.x), halfValue(half.y), halfValue(half.z), halfValue(half.w));
}

// Whole numbers below 2^23 as the mantissa of 2^23, which takes no conversion.
fn inMantissa(codes: vec4u) -> vec4f { return bitcast<vec4f>(codes | vec4u(0x4b000000)); }
