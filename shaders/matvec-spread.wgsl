// y[r] = activation(x[r] weight^T + bias), or y[r] += ...: linear layers of few rows over quantised weights on large GPUs, any
// number of columns. What such a GPU lacks here is work under way, so a lane makes only ROWS sums (half of them gates where
// columns are gated), a workgroup of W makes the sums of LANES lanes, all of it divides their blocks of 32 columns, and two
// blocks of every row are loaded before anything is computed. The grid's y axis is the row.
// constants: S, W, ROWS, K4, LANES, BIAS, GELU, ACCUMULATE, NORMED, GATED, STOPPABLE
// joined with: shared/few-rows-constants.wgsl, shared/few-rows.wgsl, shared/gelu.wgsl, shared/tile64.wgsl, shared/spread-q*.wgsl
// reference: tests/reference/matmul.ts

const PARTS = u32(W) / LANES;  // of the blocks of a row
const BLOCKS = (K4 + 7) / 8;
const OWN = select(u32(ROWS), ROWS / 2, GATED);  // columns of y of a lane

struct Sums {
  rows: array<f32, ROWS>,
  squares: f32,  // of x, where it is normed
}

struct Block {
  codes: array<Codes, ROWS>,
  scales: array<f32, ROWS>,
}

var<workgroup> partSums: array<Sums, W / S * LANES>;  // [subgroup, lane]

@compute @workgroup_size(W)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  if (STOPPABLE && cursor[1] != 0) { return; }
  let lane = local % LANES;
  let part = local / LANES;
  var rows: array<u32, ROWS>;  // the first block of each
  for (var n = 0u; n < ROWS; n++) {
    let column = min(columnOf(group.x, lane, n % OWN), params.columns - 1);
    let row = column + select(params.weightRow, params.gateRow, n >= OWN);
    rows[n] = (row / 64 * BLOCKS) * 64 + row % 64;
  }
  var own = Sums();
  for (var i = 0u; i < BLOCKS / (2 * PARTS); i++) {
    let step = i * 2 * PARTS + part;
    let first = loadBlock(rows, step);
    let second = loadBlock(rows, step + PARTS);
    own = addBlock(own, first, group.y, step, lane);
    own = addBlock(own, second, group.y, step + PARTS, lane);
  }
  for (var step = BLOCKS / (2 * PARTS) * 2 * PARTS + part; step < BLOCKS; step += PARTS) {
    own = addBlock(own, loadBlock(rows, step), group.y, step, lane);
  }
  for (var apart = u32(LANES); apart < S; apart *= 2) {
    for (var n = 0u; n < ROWS; n++) { own.rows[n] += subgroupShuffleXor(own.rows[n], apart); }
  }
  if (NORMED) { own.squares = subgroupAdd(own.squares); }
  if (local % S < LANES) { partSums[local / S * LANES + lane] = own; }
  workgroupBarrier();
  if (local >= LANES) { return; }
  for (var other = 1u; other < W / S; other++) {
    let more = partSums[other * LANES + lane];
    for (var n = 0u; n < ROWS; n++) { own.rows[n] += more.rows[n]; }
    if (NORMED) { own.squares += more.squares; }
  }
  var scale = 1.0;
  if (NORMED) { scale = normScale(own.squares); }
  for (var n = 0u; n < OWN; n++) {
    var value = own.rows[n] * scale;
    if (GATED) {
      let gate = own.rows[ROWS / 2 + n % (ROWS / 2)] * scale;
      value *= gate / (1.0 + exp(-gate));
    }
    storeColumn(group.y, columnOf(group.x, lane, n), value);
  }
}

// The column n of a lane, counted from the dispatch's first; it may lie beyond the last.
fn columnOf(group: u32, lane: u32, n: u32) -> u32 { return (group * OWN + n) * LANES + lane; }

fn loadBlock(rows: array<u32, ROWS>, step: u32) -> Block {
  var block: Block;
  for (var n = 0u; n < ROWS; n++) { block.codes[n] = codesAt(rows[n] + step * 64); }
  for (var n = 0u; n < ROWS; n++) { block.scales[n] = blockScale(rows[n] + step * 64); }
  return block;
}

fn addBlock(soFar: Sums, block: Block, row: u32, step: u32, lane: u32) -> Sums {
  var own = soFar;
  var sums = array<vec4f, ROWS>();
  var all = vec4f();
  for (var n = 0u; n < 4; n++) {
    let a = activation(row, step * 8 + 2 * n);
    let b = activation(row, step * 8 + 2 * n + 1);
    all += a + b;
    for (var r = 0u; r < ROWS; r++) { sums[r] = pairTimes(block.codes[r], n, a, b, sums[r]); }
  }
  let over = total(all) * OFFSET;
  for (var r = 0u; r < ROWS; r++) { own.rows[r] += (total(sums[r]) - over) * block.scales[r]; }
  if (NORMED) {
    // A lane takes one of the block's eight vectors, so that few lanes take several.
    for (var vector = lane; vector < 8; vector += LANES) {
      let a = rawActivation(row, step * 8 + vector);
      own.squares += dot(a, a);
    }
  }
  return own;
}

fn total(v: vec4f) -> f32 { return (v.x + v.y) + (v.z + v.w); }
