// What bias and penalties make of the logits that follow a token, in place: l + bias; then l / r of a positive and l * r of a
// negative one where the id was seen; then minus frequency for each time that it is in the answer, and presence once. The token
// that was fed is counted first, so that steps may be queued ahead of their reader; a stopped cursor leaves everything as it is.
// One invocation per logit.
// reference: tests/reference/penalize-logits.ts

struct Params { count: u32 }

@group(0) @binding(0) var<storage, read> penalties: array<f32>;     // [3] repetition r, frequency, presence
@group(0) @binding(1) var<storage, read> bias: array<f32>;          // [V]
@group(0) @binding(2) var<storage, read> id: array<u32>;            // [1] the token that was fed
@group(0) @binding(3) var<storage, read> cursor: array<u32>;        // [2] its slot; 1 when stopped
@group(0) @binding(4) var<storage, read_write> seen: array<u32>;    // [V] twice how often in the answer, and 1 if before it
@group(0) @binding(5) var<storage, read_write> logits: array<f32>;  // [V]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) global: vec3u) {
  let i = global.x;
  if (i >= params.count || cursor[1] != 0) { return; }
  var times = seen[i];
  if (i == id[0]) {
    times += 2;
    seen[i] = times;
  }
  var logit = logits[i] + bias[i];
  if (times != 0) {
    logit = select(logit * penalties[0], logit / penalties[0], logit > 0);
  }
  if (times >= 2) {
    logit -= f32(times / 2) * penalties[1] + penalties[2];
  }
  logits[i] = logit;
}
