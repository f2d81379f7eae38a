// Attention of 32 queries of one head over keys in tiles of 32, with a running softmax: no score matrix is stored.
// The kernel that is joined with this file declares q and y and says `allowed(query, key)` for rows of its block; keys and
// values come through shared/kv-<format>.wgsl.
// 64 invocations: for scores each holds 4 queries x 4 keys, for values 4 queries x a share of the columns.
// constants: H, K, D

const queryTile = 32u;
const keyTile = 32u;
const d4 = u32(D) / 4;
const columnsEach = (d4 + 7) / 8;  // vec4 columns of the output per invocation
const nothing = -3.0e38;           // the score of a pair that the mask forbids

// Scores, then probabilities, of the tile: [key][query / 4], four queries to a vec4.
var<workgroup> tile: array<vec4f, 256>;
var<workgroup> rowMax: array<vec4f, 8>;
var<workgroup> rowTotal: array<vec4f, 8>;
var<workgroup> rowScale: array<vec4f, 8>;  // what the new maximum does to everything summed before

struct Block {
  head: u32,
  firstQuery: u32,  // of this tile
  queries: u32,     // rows of q
  keys: u32,        // rows of k and v
  qRow: u32,        // row of q (and y) that is query 0
  kRow: u32,        // row of k (and v) that is key 0
  scale: f32,
}

fn scoreTile(block: Block, firstKey: u32, local: u32) {
  let qGroup = local / 8;
  let kGroup = local % 8;
  let lastQuery = block.queries - 1;
  let lastKey = block.keys - 1;
  let query = block.firstQuery + qGroup * 4;
  let key = firstKey + kGroup * 4;
  let qStride = u32(H) * d4;
  let kvHead = block.head / (H / K);
  let qBase = block.qRow * qStride + block.head * d4;
  let q0 = qBase + min(query, lastQuery) * qStride;
  let q1 = qBase + min(query + 1, lastQuery) * qStride;
  let q2 = qBase + min(query + 2, lastQuery) * qStride;
  let q3 = qBase + min(query + 3, lastQuery) * qStride;
  let k0 = block.kRow + min(key, lastKey);
  let k1 = block.kRow + min(key + 1, lastKey);
  let k2 = block.kRow + min(key + 2, lastKey);
  let k3 = block.kRow + min(key + 3, lastKey);
  var s0 = vec4f();  // key 0 with the four queries
  var s1 = vec4f();
  var s2 = vec4f();
  var s3 = vec4f();
  for (var d = 0u; d < d4; d++) {
    let a0 = q[q0 + d];
    let a1 = q[q1 + d];
    let a2 = q[q2 + d];
    let a3 = q[q3 + d];
    let b0 = keyVector(k0, kvHead, d);
    s0 += vec4f(dot(a0, b0), dot(a1, b0), dot(a2, b0), dot(a3, b0));
    let b1 = keyVector(k1, kvHead, d);
    s1 += vec4f(dot(a0, b1), dot(a1, b1), dot(a2, b1), dot(a3, b1));
    let b2 = keyVector(k2, kvHead, d);
    s2 += vec4f(dot(a0, b2), dot(a1, b2), dot(a2, b2), dot(a3, b2));
    let b3 = keyVector(k3, kvHead, d);
    s3 += vec4f(dot(a0, b3), dot(a1, b3), dot(a2, b3), dot(a3, b3));
  }
  let at = kGroup * 32 + qGroup;
  tile[at] = masked(block, query, key, s0 * (block.scale * kvScale(k0, kvHead).x));
  tile[at + 8] = masked(block, query, key + 1, s1 * (block.scale * kvScale(k1, kvHead).x));
  tile[at + 16] = masked(block, query, key + 2, s2 * (block.scale * kvScale(k2, kvHead).x));
  tile[at + 24] = masked(block, query, key + 3, s3 * (block.scale * kvScale(k3, kvHead).x));
}

fn masked(block: Block, query: u32, key: u32, score: vec4f) -> vec4f {
  if (key >= block.keys) { return vec4f(nothing); }
  let last = block.queries - 1;
  let open = vec4<bool>(
    allowed(min(query, last), key),
    allowed(min(query + 1, last), key),
    allowed(min(query + 2, last), key),
    allowed(min(query + 3, last), key),
  );
  return select(vec4f(nothing), score, open);
}

// One of 8 invocations: four queries. Turns scores into probabilities below the new maximum.
fn softmaxTile(group: u32) {
  var highest = rowMax[group];
  for (var key = 0u; key < keyTile; key++) {
    highest = max(highest, tile[key * 8 + group]);
  }
  // A row that has seen only forbidden keys keeps its maximum; its probabilities must be 0, not exp(0).
  let none = vec4f(nothing);
  let scale = exp(rowMax[group] - highest);
  var total = rowTotal[group] * scale;
  for (var key = 0u; key < keyTile; key++) {
    let score = tile[key * 8 + group];
    let probability = select(exp(score - highest), vec4f(), score <= none);
    tile[key * 8 + group] = probability;
    total += probability;
  }
  rowMax[group] = highest;
  rowTotal[group] = total;
  rowScale[group] = scale;
}

fn attend(block: Block, local: u32) {
  if (local < 8) {
    rowMax[local] = vec4f(nothing);
    rowTotal[local] = vec4f();
  }
  let qGroup = local / 8;
  let part = local % 8;
  let kvHead = block.head / (H / K);
  var sums: array<vec4f, columnsEach * 4>;
  for (var firstKey = 0u; firstKey < block.keys; firstKey += keyTile) {
    workgroupBarrier();
    scoreTile(block, firstKey, local);
    workgroupBarrier();
    if (local < 8) { softmaxTile(local); }
    workgroupBarrier();
    let count = min(keyTile, block.keys - firstKey);
    let scale = rowScale[qGroup];
    for (var i = 0u; i < columnsEach; i++) {
      let column = min(i * 8 + part, d4 - 1);
      var o0 = sums[i * 4] * scale.x;
      var o1 = sums[i * 4 + 1] * scale.y;
      var o2 = sums[i * 4 + 2] * scale.z;
      var o3 = sums[i * 4 + 3] * scale.w;
      for (var key = 0u; key < count; key++) {
        let slot = block.kRow + firstKey + key;
        let p = tile[key * 8 + qGroup];
        let value = valueVector(slot, kvHead, column) * kvScale(slot, kvHead).y;
        o0 += p.x * value;
        o1 += p.y * value;
        o2 += p.z * value;
        o3 += p.w * value;
      }
      sums[i * 4] = o0;
      sums[i * 4 + 1] = o1;
      sums[i * 4 + 2] = o2;
      sums[i * 4 + 3] = o3;
    }
  }
  let total = rowTotal[qGroup];
  for (var i = 0u; i < columnsEach; i++) {
    let column = i * 8 + part;
    if (column < d4) {
      writeOutput(block, qGroup * 4, column, sums[i * 4] / total.x);
      writeOutput(block, qGroup * 4 + 1, column, sums[i * 4 + 1] / total.y);
      writeOutput(block, qGroup * 4 + 2, column, sums[i * 4 + 2] / total.z);
      writeOutput(block, qGroup * 4 + 3, column, sums[i * 4 + 3] / total.w);
    }
  }
}

fn writeOutput(block: Block, query: u32, column: u32, value: vec4f) {
  let row = block.firstQuery + query;
  if (row >= block.queries) { return; }
  y[(block.qRow + row) * u32(H) * d4 + block.head * d4 + column] = value;
}
