// Half a block of four rows of q8, as words of four int8: they are stored so.
// joined with: a file that declares `weight`

struct RawWords { x: vec4u, y: vec4u, z: vec4u, w: vec4u }

fn rawWords(blocks: vec4u, half: u32) -> RawWords {
  let at = 2 * blocks + half;
  return RawWords(weight[at.x], weight[at.y], weight[at.z], weight[at.w]);
}

// Word i of each row, 0 .. 3.
fn words(raw: RawWords, i: u32) -> vec4u { return vec4u(raw.x[i], raw.y[i], raw.z[i], raw.w[i]); }
