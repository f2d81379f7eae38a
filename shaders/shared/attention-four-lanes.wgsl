// Attention of 16 queries of one head over keys in tiles of 64, with a running softmax: no score matrix is stored. It is made for
// processors with subgroups of four lanes: a workgroup is one subgroup without barriers or workgroup memory, a lane has four
// queries to itself, and a vec4 of keys or values is loaded by one lane and handed to all. A load costs there as much as a dozen
// multiply-adds, and compiling goes by the text, so that columns of the output are taken 16 at a time, in a loop.
// The kernel that is joined with this file declares q and y and says with `rowEnds(row)` what a row of its block sees;
// keys and values come through shared/kv-<format>.wgsl.
// constants: H, K, D

const queryTile = 16u;
const keyTile = 64u;
const lanes = 4u;
const headGroups = u32(H);  // that tiles are made for
const d4 = u32(D) / 4;
const columnSteps = (d4 + lanes - 1) / lanes;
const nothing = -3.0e38;    // the score of a pair that the mask forbids

struct Block {
  head: u32,
  firstQuery: u32,   // of this tile
  queries: u32,      // rows of the block
  qRow: u32,         // row of q (and y) that is query 0
  kRow: u32,         // slot of k (and v) that is key 0
  secondStart: u32,  // key at which the second run begins
  scale: f32,
}

// A vec4 of each lane, as the columns of a matrix that all lanes have.
fn together(own: vec4f) -> mat4x4f {
  return mat4x4f(quadBroadcast(own, 0), quadBroadcast(own, 1), quadBroadcast(own, 2), quadBroadcast(own, 3));
}

// The scores of a lane's queries with the keys of a tile: four queries to a vec4.
fn scoreTile(
  scores: ptr<function, array<vec4f, keyTile>>,
  block: Block,
  at: vec4u,     // where the queries begin in q
  ends: vec4u,   // keys that they see
  first: u32,
  end: u32,      // keys that any query of the tile sees
  lane: u32,
) {
  let kvHead = block.head / (H / K);
  let lastSlot = block.kRow + end - 1;
  for (var eight = 0u; eight < keyTile && first + eight < end; eight += 8) {
    let key = first + eight;
    let slotA = min(block.kRow + key + lane, lastSlot);
    let slotB = min(block.kRow + key + lane + 4, lastSlot);
    var a = mat4x4f();  // a column for each query, keys 0 to 3
    var b = mat4x4f();
    for (var d = 0u; d < d4; d++) {
      let q0 = q[at.x + d];
      let q1 = q[at.y + d];
      let q2 = q[at.z + d];
      let q3 = q[at.w + d];
      let keysA = together(keyVector(slotA, kvHead, d));
      a += mat4x4f(q0 * keysA, q1 * keysA, q2 * keysA, q3 * keysA);
      let keysB = together(keyVector(slotB, kvHead, d));
      b += mat4x4f(q0 * keysB, q1 * keysB, q2 * keysB, q3 * keysB);
    }
    let byKeyA = transpose(a);
    let byKeyB = transpose(b);
    let scaleA = block.scale * kvScale(slotA, kvHead).x;
    let scaleB = block.scale * kvScale(slotB, kvHead).x;
    (*scores)[eight] = masked(byKeyA[0] * quadBroadcast(scaleA, 0), key, ends);
    (*scores)[eight + 1] = masked(byKeyA[1] * quadBroadcast(scaleA, 1), key + 1, ends);
    (*scores)[eight + 2] = masked(byKeyA[2] * quadBroadcast(scaleA, 2), key + 2, ends);
    (*scores)[eight + 3] = masked(byKeyA[3] * quadBroadcast(scaleA, 3), key + 3, ends);
    (*scores)[eight + 4] = masked(byKeyB[0] * quadBroadcast(scaleB, 0), key + 4, ends);
    (*scores)[eight + 5] = masked(byKeyB[1] * quadBroadcast(scaleB, 1), key + 5, ends);
    (*scores)[eight + 6] = masked(byKeyB[2] * quadBroadcast(scaleB, 2), key + 6, ends);
    (*scores)[eight + 7] = masked(byKeyB[3] * quadBroadcast(scaleB, 3), key + 7, ends);
  }
}

fn masked(score: vec4f, key: u32, ends: vec4u) -> vec4f {
  return select(vec4f(nothing), score, vec4u(key) < ends);
}

fn attend(block: Block, lane: u32) {
  let query = block.firstQuery + 4 * lane + vec4u(0, 1, 2, 3);
  let rows = min(query, vec4u(block.queries - 1));
  let at = ((block.qRow + rows) * u32(H) + block.head) * d4;
  let end0 = rowEnds(rows.x);
  let end1 = rowEnds(rows.y);
  let end2 = rowEnds(rows.z);
  let end3 = rowEnds(rows.w);
  let firstEnds = vec4u(end0.x, end1.x, end2.x, end3.x);
  let secondEnds = vec4u(end0.y, end1.y, end2.y, end3.y);
  var most = vec2u();
  for (var i = 0u; i < queryTile; i++) {
    most = max(most, rowEnds(min(block.firstQuery + i, block.queries - 1)));
  }
  let firstTiles = (most.x + keyTile - 1) / keyTile;
  let allTiles = firstTiles + (most.y - block.secondStart + keyTile - 1) / keyTile;
  let kvHead = block.head / (H / K);

  var highest = vec4f(nothing);
  var total = vec4f();
  // Scores, then probabilities, of a tile; the output as [step][query][vec4 of columns], and 16 columns of it that are at hand.
  var scores = array<vec4f, keyTile>();
  var output = array<vec4f, columnSteps * 16>();
  var own = array<vec4f, 16>();
  for (var t = 0u; t < allTiles; t++) {
    let second = t >= firstTiles;
    let first = select(t * keyTile, block.secondStart + (t - firstTiles) * keyTile, second);
    let end = select(most.x, most.y, second);
    let count = min(keyTile, end - first);
    scoreTile(&scores, block, at, select(firstEnds, secondEnds, second), first, end, lane);

    let before = highest;
    for (var key = 0u; key < count; key++) { highest = max(highest, scores[key]); }
    // A row that has seen only forbidden keys keeps its maximum; its probabilities must be 0, not exp(0).
    let scale = exp(before - highest);
    total *= scale;
    let slot = block.kRow + first;
    for (var key = 0u; key < count; key++) {
      let score = scores[key];
      let probability = select(exp(score - highest), vec4f(), score <= vec4f(nothing));
      scores[key] = probability * kvScale(slot + key, kvHead).y;
      total += probability;
    }

    for (var step = 0u; step < columnSteps; step++) {
      let column = min(step * lanes + lane, d4 - 1);
      for (var i = 0u; i < 16; i++) { own[i] = output[step * 16 + i] * scale[i / 4]; }
      for (var key = 0u; key < count; key++) {
        let values = together(valueVector(slot + key, kvHead, column));
        let p = scores[key];
        own[0] += values[0] * p.x;
        own[1] += values[1] * p.x;
        own[2] += values[2] * p.x;
        own[3] += values[3] * p.x;
        own[4] += values[0] * p.y;
        own[5] += values[1] * p.y;
        own[6] += values[2] * p.y;
        own[7] += values[3] * p.y;
        own[8] += values[0] * p.z;
        own[9] += values[1] * p.z;
        own[10] += values[2] * p.z;
        own[11] += values[3] * p.z;
        own[12] += values[0] * p.w;
        own[13] += values[1] * p.w;
        own[14] += values[2] * p.w;
        own[15] += values[3] * p.w;
      }
      for (var i = 0u; i < 16; i++) { output[step * 16 + i] = own[i]; }
    }
  }
  for (var i = 0u; i < 4; i++) {
    for (var column = 0u; column < d4 && query[i] < block.queries; column++) {
      y[at[i] + column] = output[column / lanes * 16 + i * 4 + column % lanes] / total[i];
    }
  }
}
