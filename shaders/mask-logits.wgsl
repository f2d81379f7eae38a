// Logits of tokens that a mask does not allow become so low that none of them is chosen; those of the others stay as they are.
// The value is finite, as `argmax` and `top-k` refuse logits that are not, and stays so when it is divided by the smallest
// temperature. One invocation per logit.
// reference: tests/reference/mask-logits.ts

struct Params {
  count: u32,  // V
  words: u32,  // of the mask of a row
}

@group(0) @binding(0) var<storage, read> mask: array<u32>;          // [T, ceil(V / 32)] bit i of a row: token i is allowed
@group(0) @binding(1) var<storage, read_write> logits: array<f32>;  // [T, V]
@group(1) @binding(0) var<uniform> params: Params;

const forbidden = -1e8;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) global: vec3u, @builtin(workgroup_id) group: vec3u) {
  let id = global.x;
  if (id >= params.count) { return; }
  let word = mask[group.y * params.words + id / 32];
  let at = group.y * params.count + id;
  if (((word >> (id % 32)) & 1) == 0) { logits[at] = forbidden; }
}
