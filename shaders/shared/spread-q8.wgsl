// A block of int8 codes of one row, unpacked through the mantissa of f16: a code with its sign turned in the lowest bits of
// 1024.0 adds itself, and what is over is subtracted exactly.
// joined with: shared/tile64.wgsl, shaders/matvec-spread.wgsl

const OFFSET = 0.0;

struct Codes {
  low: vec4u,   // columns 0 .. 15
  high: vec4u,  // columns 16 .. 31
}

fn codesAt(index: u32) -> Codes { return Codes(weight[2 * index], weight[2 * index + 1]); }

fn fourCodes(word: u32) -> vec4f {
  let positive = word ^ 0x80808080;
  let even = unpack2x16float((positive & 0x00ff00ff) | 0x64006400);
  let odd = unpack2x16float(((positive >> 8) & 0x00ff00ff) | 0x64006400);
  return vec4f(even.x, odd.x, even.y, odd.y) - 1152;
}

// The vectors 2 n and 2 n + 1 of a block.
fn pairTimes(codes: Codes, n: u32, a: vec4f, b: vec4f, sum: vec4f) -> vec4f {
  let words = select(codes.low, codes.high, n > 1);
  let first = select(words.x, words.z, n % 2 == 1);
  let second = select(words.y, words.w, n % 2 == 1);
  return fma(fourCodes(first), a, fma(fourCodes(second), b, sum));
}
