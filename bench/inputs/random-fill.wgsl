// Fills a tensor with seeded words: the twin of `filledWords` in random-words.ts, bit by bit. A word depends on its number
// and the seed alone, so that any part of a tensor can be made again without the rest.
// constants: KIND (0 masked bits, 1 bytes other than -128, 2 floats)    reference: bench/inputs/random-words.ts

struct Params { first: u32, count: u32, seed: u32, kept: u32, fixed: u32, scale: f32, offset: f32 }

@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@group(1) @binding(0) var<uniform> params: Params;

fn bits(i: u32) -> u32 {
  var x = i + params.seed * 0x9e3779b1u;
  x = (x ^ (x >> 16u)) * 0x7feb352du;
  x = (x ^ (x >> 15u)) * 0x846ca68bu;
  return x ^ (x >> 16u);
}

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 256 + id.x;
  if (i >= params.count) { return; }
  let word = bits(params.first + i);
  if (KIND == 0) {
    y[i] = (word & params.kept) | params.fixed;
  } else if (KIND == 1) {
    // Sets the lowest bit of every byte that is 0x80: where the other seven bits are zero, and the highest is not.
    let low = word & 0x7f7f7f7fu;
    let zero = ~(low + 0x7f7f7f7fu) & 0x80808080u;
    y[i] = word | ((zero & word) >> 7u);
  } else {
    let share = f32(word >> 8u) * 0x1p-23 - 1;
    y[i] = bitcast<u32>(params.offset + params.scale * share);
  }
}
