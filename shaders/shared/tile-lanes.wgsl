// Who does what in a workgroup of 64 that makes 64 x 64 values of y, 8 rows x 2 quads to an invocation. Rows of a tile in fours, and
// quads, lie in workgroup memory as [half][lane], and an invocation takes both halves of its lane.
// constants: SPLIT    joined with: shared/quad-epilogue.wgsl

const tileRows = 64u;
const tileQuads = 16u;
const lanes = 8u;  // of rows, and of quads
const invocations = lanes * lanes;

// Neighbours i and i ^ 1 share rows, i and i ^ 2 share quads: of eight of them the reads of workgroup memory merge.
fn laneOf(local: u32) -> vec2u {
  let quad = (local & 1) | (((local >> 2) & 3) << 1);
  let row = ((local >> 1) & 1) | ((local >> 4) << 1);
  return vec2u(quad, row);
}

// Which tile a workgroup makes: bands of eight tiles high are walked column by column, so that neighbours share weights.
fn tileOf(group: vec3u, groups: vec3u) -> vec2u {
  let index = group.y * groups.x + group.x;
  let band = index / (8 * groups.x);
  let inBand = index % (8 * groups.x);
  let height = min(8u, groups.y - band * 8);
  return vec2u(inBand / height, band * 8 + inBand % height);
}

// What an invocation makes of one quad.
struct Rows8 { r0: vec4f, r1: vec4f, r2: vec4f, r3: vec4f, r4: vec4f, r5: vec4f, r6: vec4f, r7: vec4f }

// What one part of K makes is kept for the kernel that adds the parts.
fn finish(part: u32, row: u32, quad: u32, sum: vec4f) {
  if (row >= params.rows) { return; }
  if (!SPLIT) {
    storeQuad(row, quad, sum);
    return;
  }
  let i = 2 * ((part * params.rows + row) * quads() + quad);
  y[i] = sum.xy;
  y[i + 1] = sum.zw;
}

// `side` is 0 for the left quad of a lane and 1 for the right one.
fn finishQuad(tile: vec2u, lane: vec2u, side: u32, part: u32, sums: Rows8) {
  let quad = tile.x * tileQuads + side * lanes + lane.x;
  if (quad >= quads()) { return; }
  let row = tile.y * tileRows + 4 * lane.y;
  let lower = row + 4 * lanes;
  finish(part, row, quad, sums.r0);
  finish(part, row + 1, quad, sums.r1);
  finish(part, row + 2, quad, sums.r2);
  finish(part, row + 3, quad, sums.r3);
  finish(part, lower, quad, sums.r4);
  finish(part, lower + 1, quad, sums.r5);
  finish(part, lower + 2, quad, sums.r6);
  finish(part, lower + 3, quad, sums.r7);
}
