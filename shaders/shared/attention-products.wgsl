// Attention of a tile of queries over tiles of keys as two chained products, with a running softmax: no score matrix is
// stored. It is made for GPUs. An invocation holds 32 scores in registers, QUADS * 4 rows x 8 / QUADS keys, and its columns of
// the outputs of these rows; probabilities go through workgroup memory. The query heads that share a key head are rows of one
// tile, so that keys and values are loaded once for all of them. A head goes through workgroup memory CHUNK vec4s at a
// time, also that of the queries: to read them again for every tile of keys costs less than the room they would take. What
// is needed next is on its way from memory while there are products to compute.
// The kernel that is joined with this file declares q and y and says with `rowEnds(row)` what a row of its block sees;
// keys and values come through shared/attention-units-<form>.wgsl, what the rows of invocations exchange through
// shared/attention-rows-<way>.wgsl.
// constants: H, K, D, QUADS, ACROSS, DOWN, CHUNK, STEP

const d4 = u32(D) / 4;
const headGroups = u32(K);              // that tiles are made for: all query heads of a key head
const headsEach = u32(H) / u32(K);
const quads = u32(QUADS);               // rows of an invocation, in fours
const across = u32(ACROSS);             // invocations that share rows
const down = u32(DOWN);                 // and those that share keys
const lanes = across * down;
const rows = 4 * quads * down;
const queryTile = rows / headsEach;
const keysEach = 8 / quads;
const keyTile = keysEach * across;
const chunk = u32(CHUNK);               // vec4s of a head
const chunks = (d4 + chunk - 1) / chunk;
const valueStep = u32(STEP);            // values in workgroup memory
const steps = keyTile / valueStep;
const stepsOfColumn = max(1, across / valueStep);  // a column: one key of every invocation of a row
const columnsOfStep = max(1, valueStep / across);

// Columns of the output: vec4s x, x + across, ... of a head; where few are left over, one float of them each.
const leftOver = d4 % across;
const inFloats = leftOver > 0 && leftOver * 4 <= across;
const vectors = d4 / across + select(0u, 1u, leftOver > 0 && !inFloats);

// What an invocation loads of a tile.
const queryItems = rows * chunk;
const queryLoads = (queryItems + lanes - 1) / lanes;
const chunkUnits = chunk / unitVectors;
const keyItems = keyTile * chunkUnits;
const keyLoads = (keyItems + lanes - 1) / lanes;
const valueUnits = d4 / unitVectors;
const valueItems = valueStep * valueUnits;
const valueLoads = (valueItems + lanes - 1) / lanes;

const chunkStride = chunk | 1;           // odd, so that neighbours read different banks
const rowStride = (quads * down) | 1;
const nothing = -3.0e38;                 // the score of a pair that the mask forbids

// Row i of an invocation is row i * down + y of the tile, its key j is key j * across + x.
var<workgroup> queryVectors: array<array<array<vec4f, chunkStride>, down>, 4 * quads>;
var<workgroup> keyVectors: array<array<array<tileVector, chunkStride>, across>, keysEach>;
var<workgroup> valueVectors: array<array<tileVector, d4>, valueStep>;
var<workgroup> probabilities: array<array<vec4f, rowStride>, max(valueStep, across)>;  // [key][four rows * down + y]

struct Block {
  head: u32,         // of keys
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

struct Runs {
  least: vec2u,  // ends of the two runs for the rows that see least
  most: vec2u,
  firstTiles: u32,
  secondStart: u32,
}

// Where an invocation stands among those that share its rows (x) and its keys (y).
struct Place {
  x: u32,
  y: u32,
}

// Four numbers for each four rows.
struct Rows {
  a: vec4f,
  b: vec4f,
}

struct Queries { q0: vec4f, q1: vec4f, q2: vec4f, q3: vec4f, q4: vec4f, q5: vec4f, q6: vec4f, q7: vec4f }
struct Units { u0: unit, u1: unit, u2: unit, u3: unit }

// The outputs of four rows are the columns of a matrix: a of the first four, b of the others; one for each vec4 of columns.
struct Sums {
  a0: mat4x4f, a1: mat4x4f, a2: mat4x4f, a3: mat4x4f,
  b0: mat4x4f, b1: mat4x4f, b2: mat4x4f, b3: mat4x4f,
  floats: Rows,
}

// Lanes i and i ^ 1 share rows, lanes i and i ^ 2 keys, so that their reads of workgroup memory are one.
fn placeOf(local: u32) -> Place {
  if (!zigzag) { return Place(local % across, local / across); }
  return Place((local & 1) | (((local >> 2) % (across / 2)) << 1), ((local >> 1) & 1) | (local / (2 * across) * 2));
}

fn queryOf(block: Block, row: u32) -> u32 { return min(block.firstQuery + row / headsEach, block.queries - 1); }

// The vec4 of q (and y) at which a row of the tile begins.
fn rowStart(block: Block, row: u32) -> u32 {
  return (block.qRow + queryOf(block, row)) * (u32(H) * d4) + (block.head * headsEach + row % headsEach) * d4;
}

fn keysOf(tile: u32, runs: Runs) -> Keys {
  if (tile < runs.firstTiles) { return Keys(tile * keyTile, runs.most.x, runs.least.x, false); }
  return Keys(runs.secondStart + (tile - runs.firstTiles) * keyTile, runs.most.y, runs.least.y, true);
}

fn slotOf(block: Block, keys: Keys, key: u32) -> u32 { return block.kRow + min(keys.first + key, keys.end - 1); }

fn queryAt(block: Block, part: u32, item: u32) -> vec4f {
  let d = part * chunk + item % chunk;
  let at = rowStart(block, item / chunk);
  if (d4 % chunk == 0) { return q[at + d]; }
  return select(vec4f(), q[at + min(d, d4 - 1)], d < d4);
}

fn loadQueries(block: Block, part: u32, local: u32) -> Queries {
  var out: Queries;
  out.q0 = queryAt(block, part, local);
  if (queryLoads > 1) { out.q1 = queryAt(block, part, local + lanes); }
  if (queryLoads > 2) { out.q2 = queryAt(block, part, local + 2 * lanes); }
  if (queryLoads > 3) { out.q3 = queryAt(block, part, local + 3 * lanes); }
  if (queryLoads > 4) { out.q4 = queryAt(block, part, local + 4 * lanes); }
  if (queryLoads > 5) { out.q5 = queryAt(block, part, local + 5 * lanes); }
  if (queryLoads > 6) { out.q6 = queryAt(block, part, local + 6 * lanes); }
  if (queryLoads > 7) { out.q7 = queryAt(block, part, local + 7 * lanes); }
  return out;
}

fn storeQuery(value: vec4f, item: u32) {
  if (queryItems % lanes != 0 && item >= queryItems) { return; }
  queryVectors[item / chunk / down][item / chunk % down][item % chunk] = value;
}

fn storeQueries(held: Queries, scale: f32, local: u32) {
  storeQuery(held.q0 * scale, local);
  if (queryLoads > 1) { storeQuery(held.q1 * scale, local + lanes); }
  if (queryLoads > 2) { storeQuery(held.q2 * scale, local + 2 * lanes); }
  if (queryLoads > 3) { storeQuery(held.q3 * scale, local + 3 * lanes); }
  if (queryLoads > 4) { storeQuery(held.q4 * scale, local + 4 * lanes); }
  if (queryLoads > 5) { storeQuery(held.q5 * scale, local + 5 * lanes); }
  if (queryLoads > 6) { storeQuery(held.q6 * scale, local + 6 * lanes); }
  if (queryLoads > 7) { storeQuery(held.q7 * scale, local + 7 * lanes); }
}

// Units past the end of a head are those of its last one: they meet queries that are 0.
fn keyAt(block: Block, keys: Keys, part: u32, item: u32) -> unit {
  let i = part * chunkUnits + item % chunkUnits;
  return keyUnit(slotOf(block, keys, item / chunkUnits), block.head, select(i, min(i, valueUnits - 1), d4 % chunk != 0));
}

fn loadKeys(block: Block, keys: Keys, part: u32, local: u32) -> Units {
  var out: Units;
  out.u0 = keyAt(block, keys, part, local);
  if (keyLoads > 1) { out.u1 = keyAt(block, keys, part, local + lanes); }
  if (keyLoads > 2) { out.u2 = keyAt(block, keys, part, local + 2 * lanes); }
  if (keyLoads > 3) { out.u3 = keyAt(block, keys, part, local + 3 * lanes); }
  return out;
}

fn storeKey(value: unit, item: u32) {
  if (keyItems % lanes != 0 && item >= keyItems) { return; }
  let key = item / chunkUnits;
  let d = item % chunkUnits * unitVectors;
  keyVectors[key / across][key % across][d] = lower(value);
  if (unitVectors > 1) { keyVectors[key / across][key % across][d + 1] = upper(value); }
}

fn storeKeys(held: Units, local: u32) {
  storeKey(held.u0, local);
  if (keyLoads > 1) { storeKey(held.u1, local + lanes); }
  if (keyLoads > 2) { storeKey(held.u2, local + 2 * lanes); }
  if (keyLoads > 3) { storeKey(held.u3, local + 3 * lanes); }
}

fn valueAt(block: Block, keys: Keys, first: u32, item: u32) -> unit {
  return valueUnit(slotOf(block, keys, first + item / valueUnits), block.head, item % valueUnits);
}

fn loadValues(block: Block, keys: Keys, first: u32, local: u32) -> Units {
  var out: Units;
  out.u0 = valueAt(block, keys, first, local);
  if (valueLoads > 1) { out.u1 = valueAt(block, keys, first, local + lanes); }
  if (valueLoads > 2) { out.u2 = valueAt(block, keys, first, local + 2 * lanes); }
  if (valueLoads > 3) { out.u3 = valueAt(block, keys, first, local + 3 * lanes); }
  return out;
}

fn storeValue(value: unit, item: u32) {
  if (valueItems % lanes != 0 && item >= valueItems) { return; }
  let d = item % valueUnits * unitVectors;
  valueVectors[item / valueUnits][d] = lower(value);
  if (unitVectors > 1) { valueVectors[item / valueUnits][d + 1] = upper(value); }
}

fn storeValues(held: Units, local: u32) {
  storeValue(held.u0, local);
  if (valueLoads > 1) { storeValue(held.u1, local + lanes); }
  if (valueLoads > 2) { storeValue(held.u2, local + 2 * lanes); }
  if (valueLoads > 3) { storeValue(held.u3, local + 3 * lanes); }
}

// A vec4 of four rows of queries: column c holds the values c of the rows.
fn fourQueries(first: u32, y: u32, d: u32) -> mat4x4f {
  return transpose(mat4x4f(
    queryVectors[first][y][d],
    queryVectors[first + 1][y][d],
    queryVectors[first + 2][y][d],
    queryVectors[first + 3][y][d],
  ));
}

// Scores of four rows and a key, and what a vec4 of the head adds to them.
fn dots(sum: vec4f, queries: mat4x4f, key: vec4f) -> vec4f {
  return fma(queries[3], vec4f(key.w),
    fma(queries[2], vec4f(key.z), fma(queries[1], vec4f(key.y), fma(queries[0], vec4f(key.x), sum))));
}

// Outputs of four rows, and what a value adds to them.
fn spread(sum: mat4x4f, value: vec4f, p: vec4f) -> mat4x4f {
  return mat4x4f(
    fma(vec4f(p.x), value, sum[0]),
    fma(vec4f(p.y), value, sum[1]),
    fma(vec4f(p.z), value, sum[2]),
    fma(vec4f(p.w), value, sum[3]),
  );
}

fn scaled(sums: mat4x4f, scale: vec4f) -> mat4x4f {
  return mat4x4f(sums[0] * scale.x, sums[1] * scale.y, sums[2] * scale.z, sums[3] * scale.w);
}

fn rescale(sums: ptr<function, Sums>, scale: Rows) {
  (*sums).a0 = scaled((*sums).a0, scale.a);
  if (vectors > 1) { (*sums).a1 = scaled((*sums).a1, scale.a); }
  if (vectors > 2) { (*sums).a2 = scaled((*sums).a2, scale.a); }
  if (vectors > 3) { (*sums).a3 = scaled((*sums).a3, scale.a); }
  (*sums).floats.a *= scale.a;
  if (quads > 1) {
    (*sums).b0 = scaled((*sums).b0, scale.b);
    if (vectors > 1) { (*sums).b1 = scaled((*sums).b1, scale.b); }
    if (vectors > 2) { (*sums).b2 = scaled((*sums).b2, scale.b); }
    if (vectors > 3) { (*sums).b3 = scaled((*sums).b3, scale.b); }
    (*sums).floats.b *= scale.b;
  }
}

// The vec4 `i` of an invocation's columns; past the end of a head it repeats the last one and is not stored.
fn columnOf(i: u32, x: u32) -> u32 {
  return select(i * across + x, min(i * across + x, d4 - 1), leftOver > 0 && i == d4 / across);
}

// Adds the values of a step, weighed by probabilities from `first` on.
fn addValues(sums: ptr<function, Sums>, first: u32, at: Place) {
  for (var key = 0u; key < valueStep; key++) {
    let a = probabilities[first + key][at.y];
    let b = probabilities[first + key][(quads - 1) * down + at.y];
    if (vectors > 0) {
      let v0 = floats(valueVectors[key][columnOf(0, at.x)]);
      (*sums).a0 = spread((*sums).a0, v0, a);
      if (quads > 1) { (*sums).b0 = spread((*sums).b0, v0, b); }
    }
    if (vectors > 1) {
      let v1 = floats(valueVectors[key][columnOf(1, at.x)]);
      (*sums).a1 = spread((*sums).a1, v1, a);
      if (quads > 1) { (*sums).b1 = spread((*sums).b1, v1, b); }
    }
    if (vectors > 2) {
      let v2 = floats(valueVectors[key][columnOf(2, at.x)]);
      (*sums).a2 = spread((*sums).a2, v2, a);
      if (quads > 1) { (*sums).b2 = spread((*sums).b2, v2, b); }
    }
    if (vectors > 3) {
      let v3 = floats(valueVectors[key][columnOf(3, at.x)]);
      (*sums).a3 = spread((*sums).a3, v3, a);
      if (quads > 1) { (*sums).b3 = spread((*sums).b3, v3, b); }
    }
    if (inFloats) {
      let value = vec4f(valueFloat(key, columnOf(d4 / across, at.x / 4), at.x % 4));
      (*sums).floats.a = fma(a, value, (*sums).floats.a);
      if (quads > 1) { (*sums).floats.b = fma(b, value, (*sums).floats.b); }
    }
  }
}

fn fourEnds(block: Block, first: u32, second: bool) -> vec4u {
  let a = rowEnds(queryOf(block, first));
  let b = rowEnds(queryOf(block, first + down));
  let c = rowEnds(queryOf(block, first + 2 * down));
  let d = rowEnds(queryOf(block, first + 3 * down));
  return select(vec4u(a.x, b.x, c.x, d.x), vec4u(a.y, b.y, c.y, d.y), second);
}

fn masked(score: vec4f, key: u32, ends: vec4u) -> vec4f { return select(vec4f(nothing), score, vec4u(key) < ends); }

fn writeVector(block: Block, row: u32, column: u32, value: vec4f) {
  if (row / headsEach >= min(queryTile, block.queries - block.firstQuery)) { return; }
  if (leftOver > 0 && column >= d4) { return; }
  y[rowStart(block, row) + column] = value;
}

fn writeFour(block: Block, first: u32, column: u32, sums: mat4x4f, share: vec4f) {
  writeVector(block, first, column, sums[0] * share.x);
  writeVector(block, first + down, column, sums[1] * share.y);
  writeVector(block, first + 2 * down, column, sums[2] * share.z);
  writeVector(block, first + 3 * down, column, sums[3] * share.w);
}

fn writeFloat(block: Block, row: u32, x: u32, value: f32) {
  if (row / headsEach >= min(queryTile, block.queries - block.firstQuery) || x / 4 >= leftOver) { return; }
  y[rowStart(block, row) + d4 / across * across + x / 4][x % 4] = value;
}

fn writeFourFloats(block: Block, first: u32, x: u32, values: vec4f) {
  writeFloat(block, first, x, values.x);
  writeFloat(block, first + down, x, values.y);
  writeFloat(block, first + 2 * down, x, values.z);
  writeFloat(block, first + 3 * down, x, values.w);
}

fn attend(block: Block, local: u32) {
  let at = placeOf(local);
  var runs = Runs(vec2u(0xffffffff), vec2u(), 0, block.secondStart);
  for (var i = 0u; i < queryTile; i++) {
    let ends = rowEnds(min(block.firstQuery + i, block.queries - 1));
    runs.least = min(runs.least, ends);
    runs.most = max(runs.most, ends);
  }
  runs.firstTiles = (runs.most.x + keyTile - 1) / keyTile;
  let tiles = runs.firstTiles + (runs.most.y - block.secondStart + keyTile - 1) / keyTile;

  var sums: Sums;
  var highest = Rows(vec4f(nothing), vec4f(nothing));
  var total = Rows(vec4f(), vec4f());  // of this invocation's keys
  var heldQueries = loadQueries(block, 0, local);
  var held = loadKeys(block, keysOf(0, runs), 0, local);
  for (var tile = 0u; tile < tiles; tile++) {
    let keys = keysOf(tile, runs);
    // Four rows and one key each; s4 to s7 are those of the other four rows, or of four more keys.
    var s0 = vec4f();
    var s1 = vec4f();
    var s2 = vec4f();
    var s3 = vec4f();
    var s4 = vec4f();
    var s5 = vec4f();
    var s6 = vec4f();
    var s7 = vec4f();
    for (var part = 0u; part < chunks; part++) {
      if (part > 0) { workgroupBarrier(); }
      storeKeys(held, local);
      storeQueries(heldQueries, block.scale, local);
      workgroupBarrier();
      if (part + 1 < chunks) {
        held = loadKeys(block, keys, part + 1, local);
        heldQueries = loadQueries(block, part + 1, local);
      } else {
        held = loadValues(block, keys, 0, local);
      }
      for (var d = 0u; d < chunk; d++) {
        let a = fourQueries(0, at.y, d);
        let k0 = floats(keyVectors[0][at.x][d]);
        let k1 = floats(keyVectors[1][at.x][d]);
        let k2 = floats(keyVectors[2][at.x][d]);
        let k3 = floats(keyVectors[3][at.x][d]);
        s0 = dots(s0, a, k0);
        s1 = dots(s1, a, k1);
        s2 = dots(s2, a, k2);
        s3 = dots(s3, a, k3);
        if (quads > 1) {
          let b = fourQueries(4 * quads - 4, at.y, d);
          s4 = dots(s4, b, k0);
          s5 = dots(s5, b, k1);
          s6 = dots(s6, b, k2);
          s7 = dots(s7, b, k3);
        } else {
          s4 = dots(s4, a, floats(keyVectors[keysEach - 4][at.x][d]));
          s5 = dots(s5, a, floats(keyVectors[keysEach - 3][at.x][d]));
          s6 = dots(s6, a, floats(keyVectors[keysEach - 2][at.x][d]));
          s7 = dots(s7, a, floats(keyVectors[keysEach - 1][at.x][d]));
        }
      }
    }
    let other = select(4 * across, 0u, quads > 1);  // from the key of s0 to that of s4
    if (hasScales) {
      s0 *= kvScale(slotOf(block, keys, at.x), block.head).x;
      s1 *= kvScale(slotOf(block, keys, at.x + across), block.head).x;
      s2 *= kvScale(slotOf(block, keys, at.x + 2 * across), block.head).x;
      s3 *= kvScale(slotOf(block, keys, at.x + 3 * across), block.head).x;
      s4 *= kvScale(slotOf(block, keys, at.x + other), block.head).x;
      s5 *= kvScale(slotOf(block, keys, at.x + other + across), block.head).x;
      s6 *= kvScale(slotOf(block, keys, at.x + other + 2 * across), block.head).x;
      s7 *= kvScale(slotOf(block, keys, at.x + other + 3 * across), block.head).x;
    }
    // Uniform: only tiles at the end of what some query sees are tested.
    if (keys.first + keyTile > keys.open) {
      let key = keys.first + at.x;
      let a = fourEnds(block, at.y, keys.second);
      var b = a;
      if (quads > 1) { b = fourEnds(block, 4 * down + at.y, keys.second); }
      s0 = masked(s0, key, a);
      s1 = masked(s1, key + across, a);
      s2 = masked(s2, key + 2 * across, a);
      s3 = masked(s3, key + 3 * across, a);
      s4 = masked(s4, key + other, b);
      s5 = masked(s5, key + other + across, b);
      s6 = masked(s6, key + other + 2 * across, b);
      s7 = masked(s7, key + other + 3 * across, b);
    }
    // A row that has seen only forbidden keys counts them as if their scores were 0, until its first key takes all of that
    // away again: every row sees a key.
    var top = Rows(max(max(s0, s1), max(s2, s3)), max(max(s4, s5), max(s6, s7)));
    if (quads == 1) { top.a = max(top.a, top.b); }
    top = rowHighest(Rows(max(highest.a, top.a), max(highest.b, top.b)), at);
    if (quads == 1) { top.b = top.a; }
    let less = Rows(exp(highest.a - top.a), exp(highest.b - top.b));
    highest = top;
    s0 = exp(s0 - top.a);
    s1 = exp(s1 - top.a);
    s2 = exp(s2 - top.a);
    s3 = exp(s3 - top.a);
    s4 = exp(s4 - top.b);
    s5 = exp(s5 - top.b);
    s6 = exp(s6 - top.b);
    s7 = exp(s7 - top.b);
    total.a = total.a * less.a + (s0 + s1 + (s2 + s3));
    total.b = total.b * less.b + (s4 + s5 + (s6 + s7));
    rescale(&sums, less);
    if (hasScales) {
      s0 *= kvScale(slotOf(block, keys, at.x), block.head).y;
      s1 *= kvScale(slotOf(block, keys, at.x + across), block.head).y;
      s2 *= kvScale(slotOf(block, keys, at.x + 2 * across), block.head).y;
      s3 *= kvScale(slotOf(block, keys, at.x + 3 * across), block.head).y;
      s4 *= kvScale(slotOf(block, keys, at.x + other), block.head).y;
      s5 *= kvScale(slotOf(block, keys, at.x + other + across), block.head).y;
      s6 *= kvScale(slotOf(block, keys, at.x + other + 2 * across), block.head).y;
      s7 *= kvScale(slotOf(block, keys, at.x + other + 3 * across), block.head).y;
    }
    for (var i = 0u; i < steps; i++) {
      if (i > 0) { workgroupBarrier(); }
      storeValues(held, local);
      if (i % stepsOfColumn == 0) {
        probabilities[at.x][at.y] = s0;
        if (quads > 1) { probabilities[at.x][(quads - 1) * down + at.y] = s4; }
        if (columnsOfStep > 1) {
          probabilities[(columnsOfStep - 1) * across + at.x][at.y] = s1;
          if (quads > 1) { probabilities[(columnsOfStep - 1) * across + at.x][(quads - 1) * down + at.y] = s5; }
        }
        // The next key's scores come to the front.
        if (columnsOfStep > 1) {
          s0 = s2;
          s1 = s3;
          s2 = s4;
          s3 = s5;
          s4 = s6;
          s5 = s7;
        } else {
          s0 = s1;
          s1 = s2;
          s2 = s3;
          s3 = s4;
          s4 = s5;
          s5 = s6;
          s6 = s7;
        }
      }
      workgroupBarrier();
      if (i + 1 == steps) { break; }
      held = loadValues(block, keys, (i + 1) * valueStep, local);
      addValues(&sums, i % stepsOfColumn * valueStep, at);
    }
    // The last step stands apart, so that what it loads takes no registers before.
    let next = keysOf(min(tile + 1, tiles - 1), runs);
    held = loadKeys(block, next, 0, local);
    heldQueries = loadQueries(block, 0, local);
    addValues(&sums, (steps - 1) % stepsOfColumn * valueStep, at);
  }
  if (quads == 1) { total.a += total.b; }
  total = rowTotal(total, at);
  let a = 1 / total.a;
  if (vectors > 0) { writeFour(block, at.y, at.x, sums.a0, a); }
  if (vectors > 1) { writeFour(block, at.y, at.x + across, sums.a1, a); }
  if (vectors > 2) { writeFour(block, at.y, at.x + 2 * across, sums.a2, a); }
  if (vectors > 3) { writeFour(block, at.y, at.x + 3 * across, sums.a3, a); }
  if (inFloats) { writeFourFloats(block, at.y, at.x, sums.floats.a * a); }
  if (quads > 1) {
    let b = 1 / total.b;
    let first = 4 * down + at.y;
    if (vectors > 0) { writeFour(block, first, at.x, sums.b0, b); }
    if (vectors > 1) { writeFour(block, first, at.x + across, sums.b1, b); }
    if (vectors > 2) { writeFour(block, first, at.x + 2 * across, sums.b2, b); }
    if (vectors > 3) { writeFour(block, first, at.x + 3 * across, sums.b3, b); }
    if (inFloats) { writeFourFloats(block, first, at.x, sums.floats.b * b); }
  }
}
