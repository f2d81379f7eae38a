// Attention of one new row to a chunk of keys, on a processor: the R query heads that share a key head, so that keys and
// values are read once. What costs time there is a load, wherever it comes from, a private array and a barrier; so an
// invocation scores four keys for all R heads from registers, later it sums a column of four values for all R heads, and
// invocations meet three times in a tile.
// Grid: groups of R query heads x N chunks x rows; surplus chunks do nothing, and nor does a row whose cursor is stopped.
// constants: H, K, D, R, N, W, SPREAD, BRANCHED    joined with: shared/kv-*.wgsl, shared/key-chunks.wgsl, shared/row-place.wgsl
// reference: tests/reference/attention.ts

struct Params { scale: f32 }

@group(0) @binding(0) var<storage, read> q: array<vec4f>;               // [rows, (H + 2 K) * D / 4]: query heads, key heads, value heads
// binding 1: k, binding 2: v, binding 3: kvScales
@group(0) @binding(4) var<storage, read> cursor: array<u32>;            // of shared/row-place.wgsl
// [rows, H, N, D / 4 + 1]: sums, then (maximum, total); with one chunk [rows, H, D / 4]: y itself
@group(0) @binding(5) var<storage, read_write> partials: array<vec4f>;
@group(1) @binding(0) var<uniform> params: Params;

const d4 = u32(D) / 4;
const tileKeys = 128u;
const nothing = -3.0e38;

// Four keys in a row; those behind the last of the tile are the last once more.
struct Keys {
  slots: vec4u,
  known: vec4<bool>,
  kv: u32,
}

var<workgroup> scores: array<vec4f, tileKeys / 4 * R>;  // [four keys][head]; probabilities, times the scales of values, later
var<workgroup> lanes: array<vec4f, W>;                  // a number of each head
var<private> place: RowPlace;                           // of the row that a workgroup attends for
var<private> sums: array<vec4f, (d4 + W - 1) / W * R>;  // [column of this invocation][head]

@compute @workgroup_size(W)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let own = rowPlace(group.z);
  let keys = own.position + 1;
  let length = chunkLength(keys);
  let begin = group.y * length;
  if (own.stopped || begin >= keys) { return; }
  place = own;
  let end = min(keys, begin + length);
  let head = group.x * R;
  let kv = head / (H / K);
  let query = group.z * ((H + 2 * K) * d4) + head * d4;
  var highest = vec4f(nothing);  // of each head
  var total = vec4f();           // of each head: this invocation's share
  for (var first = begin; first < end; first += tileKeys) {
    let count = min(tileKeys, end - first);
    var most = highest;
    for (var four = local; 4 * four < count; four += W) {
      most = max(most, score(fourKeys(first, count, four, kv), query, four));
    }
    lanes[local] = most;
    workgroupBarrier();
    for (var lane = 0u; lane < W; lane++) { most = max(most, lanes[lane]); }
    let shrink = exp(highest - most);
    highest = most;
    total *= shrink;
    for (var four = local; 4 * four < count; four += W) {
      total += weigh(fourKeys(first, count, four, kv), highest, four);
    }
    workgroupBarrier();
    for (var column = local; column < d4; column += W) { addValues(first, count, kv, column, shrink); }
    workgroupBarrier();
  }
  lanes[local] = total;
  workgroupBarrier();
  total = vec4f();
  for (var lane = 0u; lane < W; lane++) { total += lanes[lane]; }
  for (var r = 0u; r < R; r++) {
    let ofAll = group.z * H + head + r;
    let row = select((ofAll * N + group.y) * (d4 + 1), ofAll * d4, N == 1);
    let by = select(1.0, total[r], N == 1);
    for (var column = local; column < d4; column += W) { partials[row + column] = sums[column / W * R + r] / by; }
    if (N > 1 && local == 0) { partials[row + d4] = vec4f(highest[r], total[r], 0, 0); }
  }
}

fn fourKeys(first: u32, count: u32, four: u32, kv: u32) -> Keys {
  let own = 4 * four + vec4u(0, 1, 2, 3);
  let key = first + min(own, vec4u(count - 1));
  let slots = vec4u(slotOf(place, key.x), slotOf(place, key.y), slotOf(place, key.z), slotOf(place, key.w));
  return Keys(slots, own < vec4u(count), kv);
}

// Scores of four keys with every head, whose queries begin at `begin`; the highest of each.
fn score(keys: Keys, begin: u32, four: u32) -> vec4f {
  var s0 = vec4f();
  var s1 = vec4f();
  var s2 = vec4f();
  var s3 = vec4f();
  // Counted so that compilers do not unroll it, which takes seconds.
  for (var at = begin; at < begin + d4; at++) {
    let d = at - begin;
    let a = keyVector(keys.slots.x, keys.kv, d);
    let b = keyVector(keys.slots.y, keys.kv, d);
    let c = keyVector(keys.slots.z, keys.kv, d);
    let e = keyVector(keys.slots.w, keys.kv, d);
    s0 += dots(q[at], a, b, c, e);
    if (R > 1) { s1 += dots(q[at + d4], a, b, c, e); }
    if (R > 2) { s2 += dots(q[at + 2 * d4], a, b, c, e); }
    if (R > 3) { s3 += dots(q[at + 3 * d4], a, b, c, e); }
  }
  let scale = params.scale * vec4f(
    kvScale(keys.slots.x, keys.kv).x,
    kvScale(keys.slots.y, keys.kv).x,
    kvScale(keys.slots.z, keys.kv).x,
    kvScale(keys.slots.w, keys.kv).x,
  );
  var most = vec4f(nothing);
  most.x = keep(four * R, s0 * scale, keys.known);
  if (R > 1) { most.y = keep(four * R + 1, s1 * scale, keys.known); }
  if (R > 2) { most.z = keep(four * R + 2, s2 * scale, keys.known); }
  if (R > 3) { most.w = keep(four * R + 3, s3 * scale, keys.known); }
  return most;
}

fn dots(query: vec4f, a: vec4f, b: vec4f, c: vec4f, e: vec4f) -> vec4f {
  return vec4f(dot(query, a), dot(query, b), dot(query, c), dot(query, e));
}

fn keep(at: u32, values: vec4f, known: vec4<bool>) -> f32 {
  let own = select(vec4f(nothing), values, known);
  scores[at] = own;
  return max(max(own.x, own.y), max(own.z, own.w));
}

// Turns the scores of four keys into probabilities; what they add to the total of each head.
fn weigh(keys: Keys, highest: vec4f, four: u32) -> vec4f {
  let scale = vec4f(
    kvScale(keys.slots.x, keys.kv).y,
    kvScale(keys.slots.y, keys.kv).y,
    kvScale(keys.slots.z, keys.kv).y,
    kvScale(keys.slots.w, keys.kv).y,
  );
  var added = vec4f();
  added.x = probabilities(four * R, highest.x, scale);
  if (R > 1) { added.y = probabilities(four * R + 1, highest.y, scale); }
  if (R > 2) { added.z = probabilities(four * R + 2, highest.z, scale); }
  if (R > 3) { added.w = probabilities(four * R + 3, highest.w, scale); }
  return added;
}

fn probabilities(at: u32, highest: f32, scale: vec4f) -> f32 {
  let p = exp(scores[at] - highest);
  scores[at] = p * scale;
  return p.x + p.y + p.z + p.w;
}

// Adds the tile's share of a column to the sums of every head.
fn addValues(first: u32, count: u32, kv: u32, column: u32, shrink: vec4f) {
  let at = column / W * R;
  var s0 = sums[at] * shrink.x;
  var s1 = vec4f();
  var s2 = vec4f();
  var s3 = vec4f();
  if (R > 1) { s1 = sums[at + 1] * shrink.y; }
  if (R > 2) { s2 = sums[at + 2] * shrink.z; }
  if (R > 3) { s3 = sums[at + 3] * shrink.w; }
  for (var four = 0u; 4 * four < count; four++) {
    let slots = fourKeys(first, count, four, kv).slots;
    let a = valueVector(slots.x, kv, column);
    let b = valueVector(slots.y, kv, column);
    let c = valueVector(slots.z, kv, column);
    let e = valueVector(slots.w, kv, column);
    s0 += mixed(scores[four * R], a, b, c, e);
    if (R > 1) { s1 += mixed(scores[four * R + 1], a, b, c, e); }
    if (R > 2) { s2 += mixed(scores[four * R + 2], a, b, c, e); }
    if (R > 3) { s3 += mixed(scores[four * R + 3], a, b, c, e); }
  }
  sums[at] = s0;
  if (R > 1) { sums[at + 1] = s1; }
  if (R > 2) { sums[at + 2] = s2; }
  if (R > 3) { sums[at + 3] = s3; }
}

fn mixed(p: vec4f, a: vec4f, b: vec4f, c: vec4f, e: vec4f) -> vec4f {
  return p.x * a + p.y * b + p.z * c + p.w * e;
}
