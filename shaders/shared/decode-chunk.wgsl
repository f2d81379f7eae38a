// Attention of one new row to a chunk of keys: the R query heads that share a key head, so that keys and values are read
// once. Tiles of 256 keys: scores, then probabilities below a running maximum, then a column of values per invocation.
// The kernel that is joined with this file says how a tile is scored:
//   fn holdQueries(heads: Heads, local: u32)
//   fn scoreTile(heads: Heads, first: u32, count: u32, local: u32): scores of `count` keys from slot `first` on
// Grid: groups of R query heads x N chunks; surplus chunks do nothing, and nor does anyone once the cursor is stopped.
// constants: H, K, D, R, N, W    joined with: shared/kv-*.wgsl, shared/key-chunks.wgsl

struct Params { scale: f32 }

@group(0) @binding(0) var<storage, read> q: array<vec4f>;               // [1, *]: H * D / 4, and whatever follows
// binding 1: k, binding 2: v, binding 3: kvScales
@group(0) @binding(4) var<storage, read> cursor: array<u32>;            // [2]: position, stopped
@group(0) @binding(5) var<storage, read_write> partials: array<vec4f>;  // [H, N, D / 4 + 1]: sums, then (maximum, total)
@group(1) @binding(0) var<uniform> params: Params;

const d4 = u32(D) / 4;
const tileKeys = 256u;
const parts = u32(W) / d4;     // invocations that share a column, each with its part of the keys
const softLanes = u32(W) / 4;  // invocations that share a head's softmax
const nothing = -3.0e38;

struct Heads {
  first: u32,  // of the R query heads
  kv: u32,
}

var<workgroup> scores: array<f32, tileKeys * R>;  // [key][head]; probabilities, times the scale of the value, later
var<workgroup> lanes: array<f32, W>;
var<workgroup> shrinks: array<f32, R>;            // what a new maximum does to everything summed before
var<workgroup> shared4: array<vec4f, W * R>;

@compute @workgroup_size(W)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let keys = cursor[0] + 1;
  let chunks = keyChunks(keys);
  if (cursor[1] != 0 || group.y >= chunks.count) { return; }
  let begin = group.y * chunks.length;
  let end = min(keys, begin + chunks.length);
  let heads = Heads(group.x * R, group.x * R / (H / K));
  holdQueries(heads, local);
  let softHead = local / softLanes;
  let softLane = local % softLanes;
  let column = local % d4;
  let part = local / d4;
  var highest = nothing;  // of the head softHead, like total, which is this lane's share
  var total = 0.0;
  var sums: array<vec4f, R>;
  for (var first = begin; first < end; first += tileKeys) {
    let count = min(tileKeys, end - first);
    scoreTile(heads, first, count, local);
    workgroupBarrier();
    var tileMax = highest;
    if (softHead < R) {
      for (var key = softLane; key < count; key += softLanes) { tileMax = max(tileMax, scores[key * R + softHead]); }
    }
    lanes[local] = tileMax;
    workgroupBarrier();
    if (softHead < R) {
      for (var lane = 0u; lane < softLanes; lane++) { tileMax = max(tileMax, lanes[softHead * softLanes + lane]); }
      let shrink = exp(highest - tileMax);
      highest = tileMax;
      total *= shrink;
      if (softLane == 0) { shrinks[softHead] = shrink; }
      for (var key = softLane; key < count; key += softLanes) {
        let probability = exp(scores[key * R + softHead] - highest);
        total += probability;
        scores[key * R + softHead] = probability * kvScale(first + key, heads.kv).y;
      }
    }
    workgroupBarrier();
    for (var r = 0u; r < R; r++) { sums[r] *= shrinks[r]; }
    if (part < parts) {
      var key = part;
      // Four values are on their way at once.
      for (; key + 3 * parts < count; key += 4 * parts) {
        let v0 = valueVector(first + key, heads.kv, column);
        let v1 = valueVector(first + key + parts, heads.kv, column);
        let v2 = valueVector(first + key + 2 * parts, heads.kv, column);
        let v3 = valueVector(first + key + 3 * parts, heads.kv, column);
        for (var r = 0u; r < R; r++) {
          let at = key * R + r;
          sums[r] += scores[at] * v0 + scores[at + parts * R] * v1
            + scores[at + 2 * parts * R] * v2 + scores[at + 3 * parts * R] * v3;
        }
      }
      for (; key < count; key += parts) {
        let value = valueVector(first + key, heads.kv, column);
        for (var r = 0u; r < R; r++) { sums[r] += scores[key * R + r] * value; }
      }
    }
    workgroupBarrier();
  }
  for (var r = 0u; r < R; r++) { shared4[r * W + local] = sums[r]; }
  lanes[local] = total;
  workgroupBarrier();
  for (var i = local; i < R * d4; i += W) {
    let own = i / d4 * W + i % d4;
    var sum = shared4[own];
    for (var other = 1u; other < parts; other++) { sum += shared4[own + other * d4]; }
    partials[partialRow(heads.first + i / d4, group.y) + i % d4] = sum;
  }
  if (softLane == 0 && softHead < R) {
    for (var lane = 1u; lane < softLanes; lane++) { total += lanes[softHead * softLanes + lane]; }
    partials[partialRow(heads.first + softHead, group.y) + d4] = vec4f(highest, total, 0, 0);
  }
}

fn partialRow(head: u32, chunk: u32) -> u32 { return (head * N + chunk) * (d4 + 1); }
