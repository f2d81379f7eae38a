// The index of the largest logit; of equal ones the lowest. One workgroup.
// reference: tests/reference/argmax.ts

struct Params { count: u32 }

@group(0) @binding(0) var<storage, read> logits: array<f32>;          // [V]
@group(0) @binding(1) var<storage, read_write> winner: array<u32>;    // [1]
@group(1) @binding(0) var<uniform> params: Params;

var<workgroup> bestValue: array<f32, 256>;
var<workgroup> bestIndex: array<u32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) local: u32) {
  // Every invocation begins with the first value, so that none is ever without a candidate.
  var value = logits[0];
  var index = 0u;
  for (var i = local; i < params.count; i += 256) {
    let candidate = logits[i];
    if (candidate > value) {
      value = candidate;
      index = i;
    }
  }
  bestValue[local] = value;
  bestIndex[local] = index;
  workgroupBarrier();
  for (var half = 128u; half > 0; half /= 2) {
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
  if (local == 0) { winner[0] = bestIndex[0]; }
}
