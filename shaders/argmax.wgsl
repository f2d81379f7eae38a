// The largest logit of each slice of the vocabulary and its id; of equal ones the lowest. A slice with a logit that is not
// finite has no id, as comparisons would pass over a NaN. Grid: slices x rows; `advance` compares the slices.
// constants: W
// reference: tests/reference/argmax.ts

struct Params {
  count: u32,  // V
  slice: u32,  // logits per workgroup
}

@group(0) @binding(0) var<storage, read> logits: array<f32>;        // [rows, V]
@group(0) @binding(1) var<storage, read_write> best: array<vec2u>;  // [rows, slices] bits of the logit, id or noToken
@group(1) @binding(0) var<uniform> params: Params;

const noToken = 0xffffffffu;

var<workgroup> bestValue: array<f32, W>;
var<workgroup> bestIndex: array<u32, W>;
var<workgroup> anyWrong: atomic<u32>;

@compute @workgroup_size(W)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = group.y * params.count;
  // Every invocation begins with the first logit of all, so that none is ever without a candidate.
  var value = logits[row];
  var index = 0u;
  var wrong = false;
  let end = min(params.count, (group.x + 1) * params.slice);
  for (var i = group.x * params.slice + local; i < end; i += u32(W)) {
    let candidate = logits[row + i];
    wrong = wrong || (bitcast<u32>(candidate) & 0x7f800000u) == 0x7f800000u;
    if (candidate > value) {
      value = candidate;
      index = i;
    }
  }
  bestValue[local] = value;
  bestIndex[local] = index;
  if (wrong) { atomicStore(&anyWrong, 1u); }
  workgroupBarrier();
  for (var half = u32(W) / 2; half > 0; half /= 2) {
    if (local < half) {
      let other = bestValue[local + half];
      let otherIndex = bestIndex[local + half];
      let better = other > bestValue[local] || (other == bestValue[local] && otherIndex < bestIndex[local]);
      if (better) {
        bestValue[local] = other;
        bestIndex[local] = otherIndex;
      }
    }
    workgroupBarrier();
  }
  if (local == 0) {
    let found = select(bestIndex[0], noToken, atomicLoad(&anyWrong) != 0);
    best[group.y * grid.x + group.x] = vec2u(bitcast<u32>(bestValue[0]), found);
  }
}
