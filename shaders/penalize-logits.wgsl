// What bias and penalties make of the logits that follow a token, in place: l + bias; then l / r of a positive and l * r of a
// negative one where the id was seen; then minus frequency for each time that it is in the answer, and presence once. The token
// that was fed is counted first, so that steps may be queued ahead of their reader; a stopped cursor leaves everything as it is.
// Grid: an invocation per logit x rows, each row with penalties and counts of its own.
// reference: tests/reference/penalize-logits.ts

struct Params {
  count: u32,        // V
  cursorWords: u32,  // of a row
}

@group(0) @binding(0) var<storage, read> penalties: array<f32>;     // [rows, 3] repetition r, frequency, presence
@group(0) @binding(1) var<storage, read> bias: array<f32>;          // [rows, V]
@group(0) @binding(2) var<storage, read> id: array<u32>;            // [rows] the token that was fed
@group(0) @binding(3) var<storage, read> cursor: array<u32>;        // [rows, cursorWords] its slot; 1 when stopped
@group(0) @binding(4) var<storage, read_write> seen: array<u32>;    // [rows, V] twice how often in the answer, and 1 if before it
@group(0) @binding(5) var<storage, read_write> logits: array<f32>;  // [rows, V]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) global: vec3u) {
  let row = global.y;
  if (global.x >= params.count || cursor[row * params.cursorWords + 1] != 0) { return; }
  let i = row * params.count + global.x;
  var times = seen[i];
  if (global.x == id[row]) {
    times += 2;
    seen[i] = times;
  }
  var logit = logits[i] + bias[i];
  if (times != 0) {
    logit = select(logit * penalties[3 * row], logit / penalties[3 * row], logit > 0);
  }
  if (times >= 2) {
    logit -= f32(times / 2) * penalties[3 * row + 1] + penalties[3 * row + 2];
  }
  logits[i] = logit;
}
