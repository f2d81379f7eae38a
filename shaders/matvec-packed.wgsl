// Linear layers of few rows with quantised weights by packed integer products. A workgroup rounds x, normed or not, to two
// planes of int8 in its own memory, which is as exact as f16 and takes less time than another dispatch, then makes ROWS LANES
// rows of weight: LANES lanes lie along neighbouring rows, PARTS invocations share a row's blocks. All subgroups have S
// invocations. The grid's y axis is the row of x.
// constants: S, K4, LANES, ROWS, W, BIAS, GELU, ACCUMULATE, NORMED, GATED, STOPPABLE
// joined with: shared/few-rows-constants.wgsl, shared/few-rows.wgsl, shared/gelu.wgsl, shared/tile64.wgsl, shared/packed-codes.wgsl,
// shared/packed-rows-q*.wgsl
// reference: tests/reference/matmul.ts

const PARTS = u32(W) / LANES;
const BLOCKS = u32(K4 + 7) / 8;
const HELD = min(BLOCKS, 128u);  // blocks of x that are held at once: 8 KiB of codes
const TOGETHER = clamp(u32(S) / LANES, 1u, PARTS);  // parts of a subgroup
const WRITTEN = select(u32(ROWS), u32(ROWS) / 2, GATED);  // columns of y that a lane makes

var<workgroup> high: array<vec4u, 2 * HELD>;
var<workgroup> low: array<vec4u, 2 * HELD>;
var<workgroup> units: array<f32, HELD>;   // what the low plane's codes count, times 1
var<workgroup> zeros: array<i32, HELD>;   // what codes of 0 add to a row's product
var<workgroup> partSums: array<vec4f, u32(W) / TOGETHER>;  // [PARTS / TOGETHER, LANES]
var<workgroup> partSquares: array<f32, (u32(W) + u32(S) - 1) / u32(S)>;

fn largestOf(v: vec4f) -> f32 { return max(max(abs(v.x), abs(v.y)), max(abs(v.z), abs(v.w))); }

fn sumOf(word: u32) -> i32 { return dot4I8Packed(word, 0x01010101); }

// Rounds `count` blocks of x from block `first` on; an invocation takes half a block at a time, its neighbour the other half.
// Returns the squares of what it read.
fn holdBlocks(row: u32, first: u32, count: u32, local: u32) -> f32 {
  var squares = 0.0;
  for (var base = 0u; base < 2 * count; base += u32(W)) {
    let own = base + local;
    let half = min(own, 2 * count - 1);
    let vector = (first + half / 2) * 8 + half % 2 * 4;
    let used = own == half;
    var values: array<vec4f, 4>;
    var largest = 0.0;
    for (var i = 0u; i < 4; i++) {
      values[i] = activation(row, vector + i);
      largest = max(largest, largestOf(values[i]));
      if (NORMED && used) {
        let raw = rawActivation(row, vector + i);
        squares += dot(raw, raw);
      }
    }
    largest = max(largest, subgroupShuffleXor(largest, 1));
    let perUnit = codesPerUnit(largest);
    let c0 = packCodes(values[0], perUnit);
    let c1 = packCodes(values[1], perUnit);
    let c2 = packCodes(values[2], perUnit);
    let c3 = packCodes(values[3], perUnit);
    let highs = sumOf(c0.x) + sumOf(c1.x) + sumOf(c2.x) + sumOf(c3.x);
    let sum = 256 * highs + sumOf(c0.y) + sumOf(c1.y) + sumOf(c2.y) + sumOf(c3.y);
    let both = sum + subgroupShuffleXor(sum, 1);
    if (used) {
      high[half] = vec4u(c0.x, c1.x, c2.x, c3.x);
      low[half] = vec4u(c0.y, c1.y, c2.y, c3.y);
      if (half % 2 == 0) {
        units[half / 2] = codeScale(largest) / 256;
        zeros[half / 2] = ZERO * both;
      }
    }
  }
  return squares;
}

// Rows of weight of a lane: of what it writes, then of the gates. Those beyond the last are the last, and are not stored.
fn rowOf(group: u32, lane: u32, i: u32) -> u32 {
  let column = min(group * LANES * WRITTEN + i % WRITTEN * LANES + lane, params.columns - 1);
  return select(params.weightRow, params.gateRow, i >= WRITTEN) + column;
}

struct Held { codes: RowCodes, scale: f32 }

fn held(first: u32, block: u32) -> Held {
  let index = first + block * 64;
  return Held(rowCodes(index), blockScale(index));
}

fn product(row: Held, block: u32) -> f32 {
  let a = high[2 * block];
  let b = high[2 * block + 1];
  let exact = 256 * blockDot(row.codes, a, b) + blockDot(row.codes, low[2 * block], low[2 * block + 1]);
  return f32(exact - zeros[block]) * (units[block] * row.scale);
}

fn firstBlock(row: u32) -> u32 { return row / 64 * BLOCKS * 64 + row % 64; }

@compute @workgroup_size(W)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  if (STOPPABLE && cursor[1] != 0) { return; }
  let lane = local % LANES;
  let part = local / LANES;
  let r0 = firstBlock(rowOf(group.x, lane, 0));
  let r1 = firstBlock(rowOf(group.x, lane, 1));
  let r2 = firstBlock(rowOf(group.x, lane, 2 % u32(ROWS)));
  let r3 = firstBlock(rowOf(group.x, lane, 3 % u32(ROWS)));
  var sums = vec4f();
  var squares = 0.0;
  for (var first = 0u; first < BLOCKS; first += HELD) {
    let count = min(HELD, BLOCKS - first);
    let last = count - 1;
    // Weights are on their way while x is rounded, and the next ones while these are multiplied.
    var at = first + min(part, last);
    var w0 = held(r0, at);
    var w1 = held(r1, at);
    var w2 = w0;
    var w3 = w1;
    if (ROWS == 4) {
      w2 = held(r2, at);
      w3 = held(r3, at);
    }
    if (first > 0) { workgroupBarrier(); }
    squares += holdBlocks(group.y, first, count, local);
    workgroupBarrier();
    for (var block = part; block < count; block += PARTS) {
      at = first + min(block + PARTS, last);
      let n0 = held(r0, at);
      let n1 = held(r1, at);
      sums.x += product(w0, block);
      sums.y += product(w1, block);
      w0 = n0;
      w1 = n1;
      if (ROWS == 4) {
        let n2 = held(r2, at);
        let n3 = held(r3, at);
        sums.z += product(w2, block);
        sums.w += product(w3, block);
        w2 = n2;
        w3 = n3;
      }
    }
  }
  for (var apart = 1u; apart < TOGETHER; apart *= 2) { sums += subgroupShuffleXor(sums, apart * LANES); }
  if (part % TOGETHER == 0) { partSums[part / TOGETHER * LANES + lane] = sums; }
  if (NORMED) {
    let all = subgroupAdd(squares);
    if (local % u32(S) == 0) { partSquares[local / u32(S)] = all; }
  }
  workgroupBarrier();
  if (part > 0) { return; }
  sums = partSums[lane];
  for (var i = 1u; i < PARTS / TOGETHER; i++) { sums += partSums[i * LANES + lane]; }
  if (NORMED) {
    var all = 0.0;
    for (var i = 0u; i < (u32(W) + u32(S) - 1) / u32(S); i++) { all += partSquares[i]; }
    sums *= normScale(all);
  }
  storeSums(group.y, group.x * LANES * WRITTEN + lane, sums);
}

fn storeSums(row: u32, column: u32, sums: vec4f) {
  var made = sums;
  if (GATED) {
    let gates = select(sums.yyyy, sums.zwzw, ROWS == 4);
    made = gates / (1.0 + exp(-gates)) * sums;
  }
  for (var i = 0u; i < WRITTEN; i++) { storeColumn(row, column + i * LANES, made[i]); }
}
