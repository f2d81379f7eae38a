// Attention of 16 queries of one head over keys in tiles of 32, with a running softmax: no score matrix is stored. It is
// made for processors, where a load costs as much as a dozen multiply-adds: an invocation holds 8 queries x 8 keys of
// scores, and 8 queries x up to 8 columns of the output. The tile is no larger than these invocations need, since
// SwiftShader compiles a store for every word of workgroup memory that it sets to zero.
// The kernel that is joined with this file declares q and y and says with `rowEnds(row)` what a row of its block sees;
// keys and values come through shared/kv-<format>.wgsl.
// constants: H, K, D

const queryTile = 16u;
const fours = queryTile / 4;                  // vec4s that hold a number for every query
const keyTile = 32u;
const d4 = u32(D) / 4;
const parts = max(4u, (d4 + 7) / 8);          // invocations that share the columns of a query
const columnsEach = (d4 + parts - 1) / parts;  // vec4s of the output per invocation, up to 8
const lanes = 2 * parts;
const headGroups = u32(H);                     // that tiles are made for
const nothing = -3.0e38;                       // the score of a pair that the mask forbids

// Scores, then probabilities, of the tile: [key][query / 4], four queries to a vec4.
var<workgroup> tile: array<vec4f, keyTile * fours>;
var<workgroup> rowMax: array<vec4f, fours>;
var<workgroup> rowTotal: array<vec4f, fours>;
var<workgroup> rowScale: array<vec4f, fours>;  // what the new maximum does to everything summed before

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

fn fourQueries(at: vec4u, d: u32) -> mat4x4f { return mat4x4f(q[at.x + d], q[at.y + d], q[at.z + d], q[at.w + d]); }

fn scoreTile(block: Block, keys: Keys, local: u32) {
  let query = block.firstQuery + local / 4 * 8 + vec4u(0, 1, 2, 3);
  let last = vec4u(block.queries - 1);
  let qa = (block.qRow + min(query, last)) * (u32(H) * d4) + block.head * d4;
  let qb = (block.qRow + min(query + 4, last)) * (u32(H) * d4) + block.head * d4;
  let kvHead = block.head / (H / K);
  let key = keys.first + local % 4 * 8;
  let lastSlot = block.kRow + keys.end - 1;
  let slot = block.kRow + key;
  let k0 = min(slot, lastSlot);
  let k1 = min(slot + 1, lastSlot);
  let k2 = min(slot + 2, lastSlot);
  let k3 = min(slot + 3, lastSlot);
  let k4 = min(slot + 4, lastSlot);
  let k5 = min(slot + 5, lastSlot);
  let k6 = min(slot + 6, lastSlot);
  let k7 = min(slot + 7, lastSlot);
  var a0 = vec4f();  // key 0 with queries 0 to 3
  var a1 = vec4f();
  var a2 = vec4f();
  var a3 = vec4f();
  var a4 = vec4f();
  var a5 = vec4f();
  var a6 = vec4f();
  var a7 = vec4f();
  var b0 = vec4f();  // key 0 with queries 4 to 7
  var b1 = vec4f();
  var b2 = vec4f();
  var b3 = vec4f();
  var b4 = vec4f();
  var b5 = vec4f();
  var b6 = vec4f();
  var b7 = vec4f();
  for (var d = 0u; d < d4; d++) {
    let a = fourQueries(qa, d);
    let b = fourQueries(qb, d);
    let v0 = keyVector(k0, kvHead, d);
    a0 += v0 * a;
    b0 += v0 * b;
    let v1 = keyVector(k1, kvHead, d);
    a1 += v1 * a;
    b1 += v1 * b;
    let v2 = keyVector(k2, kvHead, d);
    a2 += v2 * a;
    b2 += v2 * b;
    let v3 = keyVector(k3, kvHead, d);
    a3 += v3 * a;
    b3 += v3 * b;
    let v4 = keyVector(k4, kvHead, d);
    a4 += v4 * a;
    b4 += v4 * b;
    let v5 = keyVector(k5, kvHead, d);
    a5 += v5 * a;
    b5 += v5 * b;
    let v6 = keyVector(k6, kvHead, d);
    a6 += v6 * a;
    b6 += v6 * b;
    let v7 = keyVector(k7, kvHead, d);
    a7 += v7 * a;
    b7 += v7 * b;
  }
  var endA = vec4u(keys.end);
  var endB = vec4u(keys.end);
  if (keys.first + keyTile > keys.open) {
    endA = fourEnds(min(query, last), keys.second);
    endB = fourEnds(min(query + 4, last), keys.second);
  }
  let at = local % 4 * 8 * fours + local / 4 * 2;
  storeScores(at, key, endA, endB, a0, b0, block.scale * kvScale(k0, kvHead).x);
  storeScores(at + fours, key + 1, endA, endB, a1, b1, block.scale * kvScale(k1, kvHead).x);
  storeScores(at + 2 * fours, key + 2, endA, endB, a2, b2, block.scale * kvScale(k2, kvHead).x);
  storeScores(at + 3 * fours, key + 3, endA, endB, a3, b3, block.scale * kvScale(k3, kvHead).x);
  storeScores(at + 4 * fours, key + 4, endA, endB, a4, b4, block.scale * kvScale(k4, kvHead).x);
  storeScores(at + 5 * fours, key + 5, endA, endB, a5, b5, block.scale * kvScale(k5, kvHead).x);
  storeScores(at + 6 * fours, key + 6, endA, endB, a6, b6, block.scale * kvScale(k6, kvHead).x);
  storeScores(at + 7 * fours, key + 7, endA, endB, a7, b7, block.scale * kvScale(k7, kvHead).x);
}

fn fourEnds(rows: vec4u, second: bool) -> vec4u {
  let a = rowEnds(rows.x);
  let b = rowEnds(rows.y);
  let c = rowEnds(rows.z);
  let d = rowEnds(rows.w);
  return select(vec4u(a.x, b.x, c.x, d.x), vec4u(a.y, b.y, c.y, d.y), second);
}

fn storeScores(at: u32, key: u32, endA: vec4u, endB: vec4u, a: vec4f, b: vec4f, scale: f32) {
  tile[at] = select(vec4f(nothing), a * scale, vec4u(key) < endA);
  tile[at + 1] = select(vec4f(nothing), b * scale, vec4u(key) < endB);
}

// One invocation for four queries. Turns scores into probabilities below the new maximum, times the values' scale.
fn softmaxTile(block: Block, keys: Keys, group: u32) {
  let count = min(keyTile, keys.end - keys.first);
  let before = rowMax[group];
  var highest = before;
  for (var key = 0u; key < count; key++) {
    highest = max(highest, tile[key * fours + group]);
  }
  // A row that has seen only forbidden keys keeps its maximum; its probabilities must be 0, not exp(0).
  let none = vec4f(nothing);
  let scale = exp(before - highest);
  var total = rowTotal[group] * scale;
  let slot = block.kRow + keys.first;
  for (var key = 0u; key < count; key++) {
    let score = tile[key * fours + group];
    let probability = select(exp(score - highest), vec4f(), score <= none);
    tile[key * fours + group] = probability * kvScale(slot + key, block.head / (H / K)).y;
    total += probability;
  }
  rowMax[group] = highest;
  rowTotal[group] = total;
  rowScale[group] = scale;
}

// Four queries' share of a value, as the columns of a matrix.
fn spread(value: vec4f, p: vec4f) -> mat4x4f {
  return mat4x4f(value * p.x, value * p.y, value * p.z, value * p.w);
}

fn scaled(sums: mat4x4f, scale: vec4f) -> mat4x4f {
  return mat4x4f(sums[0] * scale.x, sums[1] * scale.y, sums[2] * scale.z, sums[3] * scale.w);
}

fn attend(block: Block, local: u32) {
  if (local < fours) {
    rowMax[local] = vec4f(nothing);
    rowTotal[local] = vec4f();
  }
  var least = vec2u(0xffffffff);
  var most = vec2u();
  for (var i = 0u; i < queryTile; i++) {
    let ends = rowEnds(min(block.firstQuery + i, block.queries - 1));
    least = min(least, ends);
    most = max(most, ends);
  }
  let firstTiles = (most.x + keyTile - 1) / keyTile;
  let allTiles = firstTiles + (most.y - block.secondStart + keyTile - 1) / keyTile;

  let inUse = block.queries - block.firstQuery;  // of the tile's queries; eight that are not in use cost nothing
  let group = local / parts * 2;
  let part = local % parts;
  let kvHead = block.head / (H / K);
  // Columns part, part + parts, ...; those beyond the head repeat the last one and are not stored.
  let c1 = min(part + parts, d4 - 1);
  let c2 = min(part + 2 * parts, d4 - 1);
  let c3 = min(part + 3 * parts, d4 - 1);
  let c4 = min(part + 4 * parts, d4 - 1);
  let c5 = min(part + 5 * parts, d4 - 1);
  let c6 = min(part + 6 * parts, d4 - 1);
  let c7 = min(part + 7 * parts, d4 - 1);
  let c0 = min(part, d4 - 1);
  var a0 = mat4x4f();  // column c0 of queries 0 to 3
  var a1 = mat4x4f();
  var a2 = mat4x4f();
  var a3 = mat4x4f();
  var a4 = mat4x4f();
  var a5 = mat4x4f();
  var a6 = mat4x4f();
  var a7 = mat4x4f();
  var b0 = mat4x4f();  // column c0 of queries 4 to 7
  var b1 = mat4x4f();
  var b2 = mat4x4f();
  var b3 = mat4x4f();
  var b4 = mat4x4f();
  var b5 = mat4x4f();
  var b6 = mat4x4f();
  var b7 = mat4x4f();
  for (var t = 0u; t < allTiles; t++) {
    var keys = Keys(t * keyTile, most.x, least.x, false);
    if (t >= firstTiles) {
      keys = Keys(block.secondStart + (t - firstTiles) * keyTile, most.y, least.y, true);
    }
    workgroupBarrier();
    if (local < 8 && local / 4 * 8 < inUse) { scoreTile(block, keys, local); }
    workgroupBarrier();
    if (local < fours) { softmaxTile(block, keys, local); }
    workgroupBarrier();
    let scaleA = rowScale[group];
    let scaleB = rowScale[group + 1];
    a0 = scaled(a0, scaleA);
    b0 = scaled(b0, scaleB);
    if (columnsEach > 1) { a1 = scaled(a1, scaleA); b1 = scaled(b1, scaleB); }
    if (columnsEach > 2) { a2 = scaled(a2, scaleA); b2 = scaled(b2, scaleB); }
    if (columnsEach > 3) { a3 = scaled(a3, scaleA); b3 = scaled(b3, scaleB); }
    if (columnsEach > 4) { a4 = scaled(a4, scaleA); b4 = scaled(b4, scaleB); }
    if (columnsEach > 5) { a5 = scaled(a5, scaleA); b5 = scaled(b5, scaleB); }
    if (columnsEach > 6) { a6 = scaled(a6, scaleA); b6 = scaled(b6, scaleB); }
    if (columnsEach > 7) { a7 = scaled(a7, scaleA); b7 = scaled(b7, scaleB); }
    let count = select(0u, min(keyTile, keys.end - keys.first), group * 4 < inUse);
    for (var key = 0u; key < count; key++) {
      let slot = block.kRow + keys.first + key;
      let pa = tile[key * fours + group];
      let pb = tile[key * fours + group + 1];
      let v0 = valueVector(slot, kvHead, c0);
      a0 += spread(v0, pa);
      b0 += spread(v0, pb);
      if (columnsEach > 1) { let v = valueVector(slot, kvHead, c1); a1 += spread(v, pa); b1 += spread(v, pb); }
      if (columnsEach > 2) { let v = valueVector(slot, kvHead, c2); a2 += spread(v, pa); b2 += spread(v, pb); }
      if (columnsEach > 3) { let v = valueVector(slot, kvHead, c3); a3 += spread(v, pa); b3 += spread(v, pb); }
      if (columnsEach > 4) { let v = valueVector(slot, kvHead, c4); a4 += spread(v, pa); b4 += spread(v, pb); }
      if (columnsEach > 5) { let v = valueVector(slot, kvHead, c5); a5 += spread(v, pa); b5 += spread(v, pb); }
      if (columnsEach > 6) { let v = valueVector(slot, kvHead, c6); a6 += spread(v, pa); b6 += spread(v, pb); }
      if (columnsEach > 7) { let v = valueVector(slot, kvHead, c7); a7 += spread(v, pa); b7 += spread(v, pb); }
    }
  }
  writeColumn(block, group, part, a0, b0);
  if (columnsEach > 1) { writeColumn(block, group, part + parts, a1, b1); }
  if (columnsEach > 2) { writeColumn(block, group, part + 2 * parts, a2, b2); }
  if (columnsEach > 3) { writeColumn(block, group, part + 3 * parts, a3, b3); }
  if (columnsEach > 4) { writeColumn(block, group, part + 4 * parts, a4, b4); }
  if (columnsEach > 5) { writeColumn(block, group, part + 5 * parts, a5, b5); }
  if (columnsEach > 6) { writeColumn(block, group, part + 6 * parts, a6, b6); }
  if (columnsEach > 7) { writeColumn(block, group, part + 7 * parts, a7, b7); }
}

fn writeColumn(block: Block, group: u32, column: u32, a: mat4x4f, b: mat4x4f) {
  if (column >= d4) { return; }
  let totalA = rowTotal[group];
  let totalB = rowTotal[group + 1];
  writeOutput(block, group * 4, column, a[0] / totalA.x);
  writeOutput(block, group * 4 + 1, column, a[1] / totalA.y);
  writeOutput(block, group * 4 + 2, column, a[2] / totalA.z);
  writeOutput(block, group * 4 + 3, column, a[3] / totalA.w);
  writeOutput(block, group * 4 + 4, column, b[0] / totalB.x);
  writeOutput(block, group * 4 + 5, column, b[1] / totalB.y);
  writeOutput(block, group * 4 + 6, column, b[2] / totalB.z);
  writeOutput(block, group * 4 + 7, column, b[3] / totalB.w);
}

fn writeOutput(block: Block, query: u32, column: u32, value: vec4f) {
  let row = block.firstQuery + query;
  if (row >= block.queries) { return; }
  y[(block.qRow + row) * u32(H) * d4 + block.head * d4 + column] = value;
}
