// Half a block of four rows of q4, as words of four int8; a word of codes holds two of them.
// joined with: shared/packed-codes.wgsl, and a file that declares `weight`

struct RawWords { x: vec2u, y: vec2u, z: vec2u, w: vec2u }

fn halfBlock(block: u32, half: u32) -> vec2u { return vec2u(weight[block][2 * half], weight[block][2 * half + 1]); }

fn rawWords(blocks: vec4u, half: u32) -> RawWords {
  return RawWords(halfBlock(blocks.x, half), halfBlock(blocks.y, half), halfBlock(blocks.z, half), halfBlock(blocks.w, half));
}

// Word i of each row, 0 .. 3.
fn words(raw: RawWords, i: u32) -> vec4u {
  let codes = vec4u(raw.x[i / 2], raw.y[i / 2], raw.z[i / 2], raw.w[i / 2]) >> vec4u(4 * (i & 1));
  return vec4u(signedNibbles(codes.x), signedNibbles(codes.y), signedNibbles(codes.z), signedNibbles(codes.w));
}
