// Attention of one new row over the cache: everything up to its position is seen. One workgroup per query head walks
// the keys in tiles of 64 with a running softmax: a key per invocation for scores, a column per invocation for values.
// constants: H, K, D    reference: tests/reference/attention.ts

struct Params { scale: f32 }

@group(0) @binding(0) var<storage, read> q: array<vec4f>;        // [1, H * D / 4]
@group(0) @binding(1) var<storage, read> k: array<vec4f>;        // [S, K * D / 4]
@group(0) @binding(2) var<storage, read> v: array<vec4f>;        // [S, K * D / 4]
@group(0) @binding(3) var<storage, read> positions: array<u32>;  // [1]
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;  // [1, H * D / 4]
@group(1) @binding(0) var<uniform> params: Params;

const d4 = u32(D) / 4;
const parts = max(1u, 64 / d4);             // invocations that share a column, each with its part of the keys
const rounds = (d4 + 63) / 64;              // columns per invocation when a head has more than 64
const nothing = -3.0e38;

var<workgroup> scores: array<f32, 64>;
var<workgroup> partial: array<vec4f, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let head = group.x;
  let kStride = u32(K) * d4;
  let base = head / (H / K) * d4;
  let keys = positions[0] + 1;
  let part = local / d4;
  let column = local % d4;
  var highest = nothing;
  var total = 0.0;
  var sums: array<vec4f, rounds>;
  for (var first = 0u; first < keys; first += 64) {
    let key = first + local;
    var score = nothing;
    if (key < keys) {
      var products = vec4f();
      for (var d = 0u; d < d4; d++) {
        products += q[head * d4 + d] * k[key * kStride + base + d];
      }
      score = (products.x + products.y + products.z + products.w) * params.scale;
    }
    scores[local] = score;
    workgroupBarrier();
    var tileMax = highest;
    for (var i = 0u; i < 64; i++) { tileMax = max(tileMax, scores[i]); }
    let scale = exp(highest - tileMax);
    highest = tileMax;
    total *= scale;
    let count = min(64u, keys - first);
    for (var i = 0u; i < count; i++) { total += exp(scores[i] - highest); }
    for (var round = 0u; round < rounds; round++) {
      let c = column + round * 64;
      var sum = sums[round] * scale;
      if (part < parts && c < d4) {
        for (var i = part; i < count; i += parts) {
          sum += exp(scores[i] - highest) * v[(first + i) * kStride + base + c];
        }
      }
      sums[round] = sum;
    }
    workgroupBarrier();
  }
  for (var round = 0u; round < rounds; round++) {
    let c = column + round * 64;
    partial[local] = sums[round];
    workgroupBarrier();
    if (part == 0 && c < d4) {
      var sum = partial[local];
      for (var other = 1u; other < parts; other++) { sum += partial[other * d4 + local]; }
      y[head * d4 + c] = sum / total;
    }
    workgroupBarrier();
  }
}
