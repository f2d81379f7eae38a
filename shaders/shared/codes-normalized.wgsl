// The four bytes of a word as numbers in units of 1/255 and 1/127: one builtin, a quarter faster than shared/codes.wgsl on
// drivers that compute on the processor.

const UNSIGNED_UNIT = 255.0;
const SIGNED_UNIT = 127.0;

fn unsignedCodes(word: u32) -> vec4f { return unpack4x8unorm(word); }
fn signedCodes(word: u32) -> vec4f { return unpack4x8snorm(word); }
