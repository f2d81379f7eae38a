// Attention of a tile of queries of one head over tiles of keys, with a running softmax: no score matrix is stored. It is
// made for GPUs: queries and outputs stay in registers. An invocation holds a slice of four queries, two or three vec4s
// of each, so that a vector of the tile in workgroup memory serves four queries; the invocations of a group hold the
// whole head and add up what their slices make of a score.
// The kernel that is joined with this file declares q and y and says with `rowEnds(row)` what a row of its block sees;
// keys and values come through shared/kv-<format>.wgsl, `stored` through shared/attention-stored-<type>.wgsl.
// constants: H, K, D

const d4 = u32(D) / 4;
const slice = select(select(1u, 2u, d4 % 2 == 0), 3u, d4 % 3 == 0);  // vec4s of a head per invocation
const share = d4 / slice;                                            // invocations of a group
const groups = clamp(128 / share, 1u, 16u);
const lanes = groups * share;
const queryTile = 4 * groups;
const roundKeys = 4u;  // keys whose scores are added up at once
const keyTile = select(select(min(8u, 4 * share), 4u, D > 128), 16u, lanes <= 96 && share >= 4 && D <= 128);
const partialStride = share + 1 - share % 2;  // odd, so that the sums of neighbours begin in different banks
const nothing = -3.0e38;                      // the score of a pair that the mask forbids

var<workgroup> vectors: array<stored, keyTile * d4>;                        // keys, then values of a tile
var<workgroup> partial: array<vec4f, groups * roundKeys * partialStride>;  // [group][key][lane]; then probabilities
var<workgroup> scores: array<vec4f, groups * keyTile>;                     // [group][key], four queries to a vec4

struct Block {
  head: u32,
  firstQuery: u32,   // of this tile
  queries: u32,      // rows of the block
  qRow: u32,         // row of q (and y) that is query 0
  kRow: u32,         // slot of k (and v) that is key 0
  secondStart: u32,  // key at which the second run begins
  scale: f32,
}

// Keys [first, end) of one run; those below `open` are seen by every query of the tile.
struct Keys {
  first: u32,
  end: u32,
  open: u32,
  second: bool,
}

fn loadKeys(block: Block, keys: Keys, local: u32) {
  for (var i = local; i < keyTile * d4; i += lanes) {
    let slot = block.kRow + min(keys.first + i / d4, keys.end - 1);
    vectors[i] = stored(keyVector(slot, block.head / (H / K), i % d4));
  }
}

fn loadValues(block: Block, keys: Keys, local: u32) {
  for (var i = local; i < keyTile * d4; i += lanes) {
    let slot = block.kRow + min(keys.first + i / d4, keys.end - 1);
    vectors[i] = stored(valueVector(slot, block.head / (H / K), i % d4));
  }
}

// Adds up what the slices of a group make of the scores of `roundKeys` keys, and forbids what the mask forbids.
fn sumScores(block: Block, keys: Keys, firstKey: u32, local: u32) {
  for (var item = local; item < groups * roundKeys; item += lanes) {
    let group = item / roundKeys;
    let inTile = firstKey + item % roundKeys;
    let key = keys.first + inTile;
    var score = vec4f();
    for (var lane = 0u; lane < share; lane++) { score += partial[item * partialStride + lane]; }
    score *= kvScale(block.kRow + min(key, keys.end - 1), block.head / (H / K)).x;
    // Uniform: only tiles at the end of what some query sees are tested.
    if (keys.first + keyTile > keys.open) {
      let last = vec4u(block.queries - 1);
      let ends = fourEnds(min(block.firstQuery + group * 4 + vec4u(0, 1, 2, 3), last), keys.second);
      score = select(vec4f(nothing), score, vec4u(key) < ends);
    }
    scores[group * keyTile + inTile] = score;
  }
}

fn fourEnds(rows: vec4u, second: bool) -> vec4u {
  let a = rowEnds(rows.x);
  let b = rowEnds(rows.y);
  let c = rowEnds(rows.z);
  let d = rowEnds(rows.w);
  return select(vec4u(a.x, b.x, c.x, d.x), vec4u(a.y, b.y, c.y, d.y), second);
}

// A vector of four queries, as the columns of a matrix.
fn fourQueries(rows: vec4u, d: u32, scale: f32) -> mat4x4f {
  return mat4x4f(q[rows.x + d], q[rows.y + d], q[rows.z + d], q[rows.w + d]) * scale;
}

// Four queries' share of a value, as the columns of a matrix.
fn spread(value: vec4f, p: vec4f) -> mat4x4f {
  return mat4x4f(value * p.x, value * p.y, value * p.z, value * p.w);
}

fn scaled(sums: mat4x4f, scale: vec4f) -> mat4x4f {
  return mat4x4f(sums[0] * scale.x, sums[1] * scale.y, sums[2] * scale.z, sums[3] * scale.w);
}

fn attend(block: Block, local: u32) {
  var least = vec2u(0xffffffff);
  var most = vec2u();
  for (var i = 0u; i < queryTile; i++) {
    let ends = rowEnds(min(block.firstQuery + i, block.queries - 1));
    least = min(least, ends);
    most = max(most, ends);
  }
  let firstTiles = (most.x + keyTile - 1) / keyTile;
  let allTiles = firstTiles + (most.y - block.secondStart + keyTile - 1) / keyTile;

  let group = local / share;
  let lane = local % share;
  let row = min(block.firstQuery + group * 4 + vec4u(0, 1, 2, 3), vec4u(block.queries - 1));
  let at = (block.qRow + row) * (u32(H) * d4) + block.head * d4;
  // Vectors lane, lane + share and lane + 2 * share of the head.
  let q0 = fourQueries(at, lane, block.scale);
  var q1 = mat4x4f();
  var q2 = mat4x4f();
  if (slice > 1) { q1 = fourQueries(at, lane + share, block.scale); }
  if (slice > 2) { q2 = fourQueries(at, lane + 2 * share, block.scale); }
  var sum0 = mat4x4f();
  var sum1 = mat4x4f();
  var sum2 = mat4x4f();
  var highest = vec4f(nothing);
  var total = vec4f();  // of the keys whose probabilities this invocation computes
  for (var t = 0u; t < allTiles; t++) {
    var keys = Keys(t * keyTile, most.x, least.x, false);
    if (t >= firstTiles) {
      keys = Keys(block.secondStart + (t - firstTiles) * keyTile, most.y, least.y, true);
    }
    workgroupBarrier();
    loadKeys(block, keys, local);
    workgroupBarrier();
    for (var first = 0u; first < keyTile; first += roundKeys) {
      for (var j = 0u; j < roundKeys; j++) {
        let i = (first + j) * d4 + lane;
        var score = vec4f(vectors[i]) * q0;
        if (slice > 1) { score += vec4f(vectors[i + share]) * q1; }
        if (slice > 2) { score += vec4f(vectors[i + 2 * share]) * q2; }
        partial[(group * roundKeys + j) * partialStride + lane] = score;
      }
      workgroupBarrier();
      sumScores(block, keys, first, local);
      workgroupBarrier();
    }
    loadValues(block, keys, local);
    let before = highest;
    for (var key = 0u; key < keyTile; key++) { highest = max(highest, scores[group * keyTile + key]); }
    let rescale = exp(before - highest);
    total *= rescale;
    for (var key = lane; key < keyTile; key += share) {
      let score = scores[group * keyTile + key];
      // A row that has seen only forbidden keys keeps its maximum; its probabilities must be 0, not exp(0).
      let probability = select(exp(score - highest), vec4f(), score <= vec4f(nothing));
      total += probability;
      let slot = block.kRow + min(keys.first + key, keys.end - 1);
      partial[group * keyTile + key] = probability * kvScale(slot, block.head / (H / K)).y;
    }
    sum0 = scaled(sum0, rescale);
    if (slice > 1) { sum1 = scaled(sum1, rescale); }
    if (slice > 2) { sum2 = scaled(sum2, rescale); }
    workgroupBarrier();
    for (var key = 0u; key < keyTile; key++) {
      let p = partial[group * keyTile + key];
      let i = key * d4 + lane;
      sum0 += spread(vec4f(vectors[i]), p);
      if (slice > 1) { sum1 += spread(vec4f(vectors[i + share]), p); }
      if (slice > 2) { sum2 += spread(vec4f(vectors[i + 2 * share]), p); }
    }
  }
  workgroupBarrier();
  partial[group * partialStride + lane] = total;
  workgroupBarrier();
  total = vec4f();
  for (var other = 0u; other < share; other++) { total += partial[group * partialStride + other]; }
  let query = block.firstQuery + group * 4;
  writeOutput(block, query, lane, sum0, total);
  if (slice > 1) { writeOutput(block, query, lane + share, sum1, total); }
  if (slice > 2) { writeOutput(block, query, lane + 2 * share, sum2, total); }
}

fn writeOutput(block: Block, query: u32, column: u32, sums: mat4x4f, total: vec4f) {
  let stride = u32(H) * d4;
  let at = (block.qRow + query) * stride + block.head * d4 + column;
  if (query < block.queries) { y[at] = sums[0] / total.x; }
  if (query + 1 < block.queries) { y[at + stride] = sums[1] / total.y; }
  if (query + 2 < block.queries) { y[at + 2 * stride] = sums[2] / total.z; }
  if (query + 3 < block.queries) { y[at + 3 * stride] = sums[3] / total.w; }
}
