// A block of q4 codes of one row, unpacked through the mantissa of f16: a code in the bits 6 .. 9 of 16.0 adds itself, which is
// exact and spares conversions of integers. What is over, 16 and the 8 that stands for 0, is subtracted once for all rows.
// joined with: shared/tile64.wgsl, shaders/matvec-spread.wgsl

const OFFSET = 24.0;

struct Codes { words: vec4u }

fn codesAt(index: u32) -> Codes { return Codes(weight[index]); }

fn twoCodes(bits: u32) -> vec2f { return unpack2x16float((bits & 0x03c003c0) | 0x4c004c00); }

// A word holds two vectors: one in the low halves of its bytes, the next in the high ones.
fn wordTimes(word: u32, a: vec4f, b: vec4f, sum: vec4f) -> vec4f {
  let even = twoCodes(word << 6);
  let odd = twoCodes(word >> 2);
  let nextEven = twoCodes(word << 2);
  let nextOdd = twoCodes(word >> 6);
  return fma(vec4f(even.x, odd.x, even.y, odd.y), a, fma(vec4f(nextEven.x, nextOdd.x, nextEven.y, nextOdd.y), b, sum));
}

// The vectors 2 n and 2 n + 1 of a block.
fn pairTimes(codes: Codes, n: u32, a: vec4f, b: vec4f, sum: vec4f) -> vec4f {
  return wordTimes(codes.words[n], a, b, sum);
}
