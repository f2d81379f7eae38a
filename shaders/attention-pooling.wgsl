// Attention pooling: one query per window over the window's own patches. With MASK missing patches are not seen;
// without it they are zero inputs, whose key and value are the biases. One invocation per token and head.
// constants: MASK, H, K, D, N (window)    reference: tests/reference/attention-pooling.ts

struct Params {
  tokens: u32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read> q: array<vec4f>;          // [tokens, H * D / 4]
@group(0) @binding(1) var<storage, read> k: array<vec4f>;          // [F * P, K * D / 4]
@group(0) @binding(2) var<storage, read> v: array<vec4f>;          // [F * P, K * D / 4]
@group(0) @binding(3) var<storage, read> keyBias: array<vec4f>;    // [K * D / 4]
@group(0) @binding(4) var<storage, read> valueBias: array<vec4f>;  // [K * D / 4]
@group(0) @binding(5) var<storage, read> windows: array<i32>;      // [tokens, N] rows of k and v, -1 = none
@group(0) @binding(6) var<storage, read_write> y: array<vec4f>;    // [tokens, H * D / 4]
@group(1) @binding(0) var<uniform> params: Params;

const d4 = u32(D) / 4;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64 + local;
  if (i >= params.tokens * H) { return; }
  let token = i / H;
  let head = i % H;
  let kvHead = head / (H / K) * d4;
  var weights: array<f32, N>;
  var highest = -3.0e38;
  for (var n = 0u; n < N; n++) {
    let row = windows[token * N + n];
    if (MASK && row < 0) { continue; }
    var score = 0.0;
    for (var d = 0u; d < d4; d++) {
      score += dot(q[i * d4 + d], keyAt(row, kvHead + d));
    }
    weights[n] = score * params.scale;
    highest = max(highest, weights[n]);
  }
  var total = 0.0;
  for (var n = 0u; n < N; n++) {
    let seen = !MASK || windows[token * N + n] >= 0;
    weights[n] = select(0.0, exp(weights[n] - highest), seen);
    total += weights[n];
  }
  for (var d = 0u; d < d4; d++) {
    var sum = vec4f();
    for (var n = 0u; n < N; n++) {
      let row = windows[token * N + n];
      if (MASK && row < 0) { continue; }
      sum += weights[n] * valueAt(row, kvHead + d);
    }
    y[i * d4 + d] = sum / total;
  }
}

fn keyAt(row: i32, column: u32) -> vec4f {
  if (row < 0) { return keyBias[column]; }
  return k[u32(row) * (K * d4) + column];
}

fn valueAt(row: i32, column: u32) -> vec4f {
  if (row < 0) { return valueBias[column]; }
  return v[u32(row) * (K * d4) + column];
}
