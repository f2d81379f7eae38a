// The four bytes of a word as numbers.

const UNSIGNED_UNIT = 1.0;
const SIGNED_UNIT = 1.0;

fn unsignedCodes(word: u32) -> vec4f { return vec4f(unpack4xU8(word)); }
fn signedCodes(word: u32) -> vec4f { return vec4f(unpack4xI8(word)); }
