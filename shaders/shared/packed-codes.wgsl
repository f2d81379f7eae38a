// Rows of activations as int8 codes, for packed products with quantised weights. Blocks of 32 columns share a scale, as those of
// q8 and q4 do; with B = ceil(K / 32) blocks in a row:
//   codes   u32 [rows, planes, B, 8]   word w of a block holds its columns 4 w .. 4 w + 3, the first in the lowest byte
//   scales  f32 [rows, B]
// Codes beyond K are 0. A value is scale * high with one plane, and scale * (high + low / 256) with two, the plane `high` first: it is
// the same in both, so that who needs one plane may read it from two. One plane errs by up to half a scale, which is the
// largest magnitude of the block / 254; two by 1/65,000 of it.

// The scale of a block by the largest magnitude in it.
fn codeScale(largest: f32) -> f32 { return largest / 127; }

// What a value is multiplied with to become a code; blocks that small are 0.
fn codesPerUnit(largest: f32) -> f32 { return select(127 / largest, 0.0, largest < 1e-30); }

// Four values as words of the planes high and low.
fn packCodes(values: vec4f, perUnit: f32) -> vec2u {
  let fixed = vec4i(clamp(round(values * perUnit * 256), vec4f(-32512), vec4f(32512)));
  let high = (fixed + 128) >> vec4u(8);
  return vec2u(pack4xI8(high), pack4xI8(fixed - (high << vec4u(8))));
}

// Codes of q4 in the low halves of a word's bytes, less the 8 that stands for 0, as int8.
fn signedNibbles(word: u32) -> u32 { return (((word & 0x0f0f0f0f) | 0x80808080) - 0x08080808) ^ 0x80808080; }
