// Linear layers of many rows on GPUs that multiply four int8 at once: x was packed before (pack-rows), weights are q8 or q4. 8 rows x
// 2 quads of y to an invocation, as in matmul-tile; K goes in steps of two blocks of 32, whose integer sums meet their scales
// in f32. Loads past the last row or quad repeat the last valid one, blocks past the end of K count as 0; only stores are guarded.
// constants: SPLIT, BIAS, GELU, ACCUMULATE, GATED
// joined with: shared/quad-epilogue.wgsl, shared/tile-lanes.wgsl, shared/half.wgsl, shared/packed-codes.wgsl, shared/words-*.wgsl
// reference: tests/reference/matmul.ts

@group(0) @binding(0) var<storage, read> x: array<vec4u>;        // [rows, 1, blocks, 2]
@group(0) @binding(1) var<storage, read> xScales: array<f32>;    // [rows, blocks]
@group(0) @binding(2) var<storage, read> weight: array<vec4u>;   // codes in tiles of 64 rows x 1 block
@group(0) @binding(3) var<storage, read> scales: array<u32>;     // two f16 each
@group(0) @binding(4) var<storage, read> bias: array<f32>;       // [*]; xScales again when there is none
@group(0) @binding(5) var<storage, read_write> y: array<vec2f>;  // [*, yStride2]

const stepBlocks = 2u;

// [block][word][half][lane]: a word of four rows, or of a quad.
var<workgroup> xTile: array<array<array<array<vec4u, lanes>, 2>, 8>, stepBlocks>;
var<workgroup> weightTile: array<array<array<array<vec4u, lanes>, 2>, 8>, stepBlocks>;
var<workgroup> xScaleTile: array<array<array<vec4f, lanes>, 2>, stepBlocks>;
var<workgroup> weightScaleTile: array<array<array<vec4f, lanes>, 2>, stepBlocks>;

// An invocation loads half a block of four rows of x, and of the four rows of weight that make a quad.
struct Loads {
  block: u32,       // of a step
  half: u32,        // of the block
  four: u32,        // rows of a tile in fours, and quads
  xAt: vec4u,       // the first blocks of the rows of x
  weightAt: vec4u,  // and of the rows of weight
}

struct Loaded {
  x0: vec4u, x1: vec4u, x2: vec4u, x3: vec4u,
  xScale: vec4f,
  weights: RawWords,
  scale: vec4u,  // the words with the scales
}

fn blocksOfK() -> u32 { return (params.k4 + 7) / 8; }

fn loadsOf(tile: vec2u, local: u32) -> Loads {
  let four = local % 8 + local / 32 * 8;
  let row = tile.y * tileRows + 4 * four;
  let rows = quadRows(min(tile.x * tileQuads + four, quads() - 1));
  let part = local / 8 % (2 * stepBlocks);
  let blocks = blocksOfK();
  return Loads(
    part / 2,
    part & 1,
    four,
    min(row + vec4u(0, 1, 2, 3), vec4u(params.rows - 1)) * blocks,
    rows / 64 * (blocks * 64) + rows % 64,
  );
}

fn load(loads: Loads, first: u32) -> Loaded {
  let last = blocksOfK() - 1;
  let block = min(first + loads.block, last);
  let xAt = loads.xAt + block;
  let words = 2 * xAt + loads.half;
  let xScale = vec4f(xScales[xAt.x], xScales[xAt.y], xScales[xAt.z], xScales[xAt.w]);
  let at = loads.weightAt + block * 64;
  let two = at / 2;
  let scale = vec4u(scales[two.x], scales[two.y], scales[two.z], scales[two.w]);
  return Loaded(
    x[words.x],
    x[words.y],
    x[words.z],
    x[words.w],
    select(vec4f(), xScale, first + loads.block <= last),
    rawWords(at, loads.half),
    scale >> ((at & vec4u(1)) * 16),
  );
}

fn put(loads: Loads, loaded: Loaded) {
  let word = 4 * loads.half;
  let half = loads.four / lanes;
  let lane = loads.four % lanes;
  xTile[loads.block][word][half][lane] = vec4u(loaded.x0.x, loaded.x1.x, loaded.x2.x, loaded.x3.x);
  xTile[loads.block][word + 1][half][lane] = vec4u(loaded.x0.y, loaded.x1.y, loaded.x2.y, loaded.x3.y);
  xTile[loads.block][word + 2][half][lane] = vec4u(loaded.x0.z, loaded.x1.z, loaded.x2.z, loaded.x3.z);
  xTile[loads.block][word + 3][half][lane] = vec4u(loaded.x0.w, loaded.x1.w, loaded.x2.w, loaded.x3.w);
  weightTile[loads.block][word][half][lane] = words(loaded.weights, 0);
  weightTile[loads.block][word + 1][half][lane] = words(loaded.weights, 1);
  weightTile[loads.block][word + 2][half][lane] = words(loaded.weights, 2);
  weightTile[loads.block][word + 3][half][lane] = words(loaded.weights, 3);
  if (loads.half == 0) {
    let bits = loaded.scale & vec4u(0xffff);
    let scale = vec4f(halfValue(bits.x), halfValue(bits.y), halfValue(bits.z), halfValue(bits.w));
    xScaleTile[loads.block][half][lane] = loaded.xScale;
    weightScaleTile[loads.block][half][lane] = scale;
  }
}

// Sums of a block begin as the bits of 1.5 * 2^23, so that they become floats without a conversion: 32 products of codes stay
// far below 2^22.
const zeroBits = i32(0x4b400000);
const zeroValue = 12582912.0;

struct Dots { r0: vec4i, r1: vec4i, r2: vec4i, r3: vec4i, r4: vec4i, r5: vec4i, r6: vec4i, r7: vec4i }

fn noDots() -> Dots {
  const zero = vec4i(zeroBits);
  return Dots(zero, zero, zero, zero, zero, zero, zero, zero);
}

fn dots(row: u32, quad: vec4u) -> vec4i {
  return vec4i(
    dot4I8Packed(row, quad.x),
    dot4I8Packed(row, quad.y),
    dot4I8Packed(row, quad.z),
    dot4I8Packed(row, quad.w),
  );
}

fn addDots(sums: ptr<function, Dots>, upper: vec4u, lower: vec4u, quad: vec4u) {
  (*sums).r0 += dots(upper.x, quad);
  (*sums).r1 += dots(upper.y, quad);
  (*sums).r2 += dots(upper.z, quad);
  (*sums).r3 += dots(upper.w, quad);
  (*sums).r4 += dots(lower.x, quad);
  (*sums).r5 += dots(lower.y, quad);
  (*sums).r6 += dots(lower.z, quad);
  (*sums).r7 += dots(lower.w, quad);
}

fn scaled(sum: vec4f, dots: vec4i, scale: vec4f) -> vec4f { return fma(bitcast<vec4f>(dots) - zeroValue, scale, sum); }

fn addWords(left: ptr<function, Dots>, right: ptr<function, Dots>, lane: vec2u, block: u32, word: u32) {
  let upper = xTile[block][word][0][lane.y];
  let lower = xTile[block][word][1][lane.y];
  addDots(left, upper, lower, weightTile[block][word][0][lane.x]);
  addDots(right, upper, lower, weightTile[block][word][1][lane.x]);
}

fn addScaled(sums: ptr<function, Rows8>, lane: vec2u, side: u32, block: u32, dots: Dots) {
  let quad = weightScaleTile[block][side][lane.x];
  let upper = xScaleTile[block][0][lane.y];
  let lower = xScaleTile[block][1][lane.y];
  (*sums).r0 = scaled((*sums).r0, dots.r0, upper.x * quad);
  (*sums).r1 = scaled((*sums).r1, dots.r1, upper.y * quad);
  (*sums).r2 = scaled((*sums).r2, dots.r2, upper.z * quad);
  (*sums).r3 = scaled((*sums).r3, dots.r3, upper.w * quad);
  (*sums).r4 = scaled((*sums).r4, dots.r4, lower.x * quad);
  (*sums).r5 = scaled((*sums).r5, dots.r5, lower.y * quad);
  (*sums).r6 = scaled((*sums).r6, dots.r6, lower.z * quad);
  (*sums).r7 = scaled((*sums).r7, dots.r7, lower.w * quad);
}

fn addBlock(left: ptr<function, Rows8>, right: ptr<function, Rows8>, lane: vec2u, block: u32) {
  var ofLeft = noDots();
  var ofRight = noDots();
  for (var word = 0u; word < 8; word++) { addWords(&ofLeft, &ofRight, lane, block, word); }
  addScaled(left, lane, 0, block, ofLeft);
  addScaled(right, lane, 1, block, ofRight);
}

@compute @workgroup_size(invocations)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let tile = tileOf(group, groups);
  let loads = loadsOf(tile, local);
  let lane = laneOf(local);
  let blocks = blocksOfK();
  let steps = (blocks + stepBlocks - 1) / stepBlocks;
  let each = (steps + params.parts - 1) / params.parts * stepBlocks;
  let begin = select(0u, group.z * each, SPLIT);
  let end = select(blocks, min(begin + each, blocks), SPLIT);
  var left = Rows8();
  var right = Rows8();
  var next = load(loads, begin);
  for (var first = begin; first < end; first += stepBlocks) {
    workgroupBarrier();
    put(loads, next);
    workgroupBarrier();
    next = load(loads, first + stepBlocks);
    for (var block = 0u; block < stepBlocks; block++) {
      addBlock(&left, &right, lane, block);
    }
  }
  finishQuad(tile, lane, 0, group.z, left);
  finishQuad(tile, lane, 1, group.z, right);
}
