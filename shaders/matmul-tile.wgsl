// Linear layers of many rows on GPUs: tiles of f32 in workgroup memory, 8 rows x 2 quads of y to an invocation. K goes in steps of
// 16; while a step is computed the next one is on its way in registers, weights as they are stored. SPLIT cuts K into parts
// for workgroups of their own. Loads past the last row or quad repeat the last valid one, x past the end of K counts as 0; only
// stores are guarded.
// constants: SPLIT, BIAS, GELU, ACCUMULATE, GATED
// joined with: shared/matmul-quads.wgsl, shared/tile-lanes.wgsl, shared/quad-*.wgsl    reference: tests/reference/matmul.ts

const stepVectors = 4u;  // vec4 of K in a step

// [k / 4][k % 4][half][lane]; transposed, so that one read is four rows, or a quad, at one k.
var<workgroup> xTile: array<array<array<array<vec4f, lanes>, 2>, 4>, stepVectors>;
var<workgroup> weightTile: array<array<array<array<vec4f, lanes>, 2>, 4>, stepVectors>;

// An invocation loads one vec4 of four rows of x, and of the four rows of weight that make a quad.
struct Loads {
  vector: u32,  // of a step
  four: u32,    // rows of a tile in fours, and quads
  xAt: vec4u,   // where the rows of x begin
  rows: vec4u,  // of weight
}

struct Loaded {
  x0: vec4f, x1: vec4f, x2: vec4f, x3: vec4f,
  weights: RawQuad,
}

fn loadsOf(tile: vec2u, local: u32) -> Loads {
  let four = local % 8 + local / 32 * 8;
  let row = tile.y * tileRows + 4 * four;
  return Loads(
    local / 8 % stepVectors,
    four,
    min(row + vec4u(0, 1, 2, 3), vec4u(params.rows - 1)) * params.k4,
    quadRows(min(tile.x * tileQuads + four, quads() - 1)),
  );
}

fn load(loads: Loads, first: u32) -> Loaded {
  let k = first + loads.vector;
  let at = min(k, params.k4 - 1);
  let there = k < params.k4;
  return Loaded(
    select(vec4f(), x[loads.xAt.x + at], there),
    select(vec4f(), x[loads.xAt.y + at], there),
    select(vec4f(), x[loads.xAt.z + at], there),
    select(vec4f(), x[loads.xAt.w + at], there),
    rawQuad(loads.rows, at, params.k4),
  );
}

fn put(loads: Loads, loaded: Loaded) {
  let half = loads.four / lanes;
  let lane = loads.four % lanes;
  let rows = transpose(mat4x4f(loaded.x0, loaded.x1, loaded.x2, loaded.x3));
  xTile[loads.vector][0][half][lane] = rows[0];
  xTile[loads.vector][1][half][lane] = rows[1];
  xTile[loads.vector][2][half][lane] = rows[2];
  xTile[loads.vector][3][half][lane] = rows[3];
  let quad = quadValues(loaded.weights, loads.vector);
  weightTile[loads.vector][0][half][lane] = quad[0];
  weightTile[loads.vector][1][half][lane] = quad[1];
  weightTile[loads.vector][2][half][lane] = quad[2];
  weightTile[loads.vector][3][half][lane] = quad[3];
}

fn add(sums: ptr<function, Rows8>, upper: vec4f, lower: vec4f, quad: vec4f) {
  (*sums).r0 = fma(vec4f(upper.x), quad, (*sums).r0);
  (*sums).r1 = fma(vec4f(upper.y), quad, (*sums).r1);
  (*sums).r2 = fma(vec4f(upper.z), quad, (*sums).r2);
  (*sums).r3 = fma(vec4f(upper.w), quad, (*sums).r3);
  (*sums).r4 = fma(vec4f(lower.x), quad, (*sums).r4);
  (*sums).r5 = fma(vec4f(lower.y), quad, (*sums).r5);
  (*sums).r6 = fma(vec4f(lower.z), quad, (*sums).r6);
  (*sums).r7 = fma(vec4f(lower.w), quad, (*sums).r7);
}

// The products at one k.
fn addAt(left: ptr<function, Rows8>, right: ptr<function, Rows8>, lane: vec2u, vector: u32, k: u32) {
  let upper = xTile[vector][k][0][lane.y];
  let lower = xTile[vector][k][1][lane.y];
  add(left, upper, lower, weightTile[vector][k][0][lane.x]);
  add(right, upper, lower, weightTile[vector][k][1][lane.x]);
}

fn addVector(left: ptr<function, Rows8>, right: ptr<function, Rows8>, lane: vec2u, vector: u32) {
  addAt(left, right, lane, vector, 0);
  addAt(left, right, lane, vector, 1);
  addAt(left, right, lane, vector, 2);
  addAt(left, right, lane, vector, 3);
}

// Spelled out: a loop of four takes a quarter longer on a large GPU.
fn addStep(left: ptr<function, Rows8>, right: ptr<function, Rows8>, lane: vec2u) {
  addVector(left, right, lane, 0);
  addVector(left, right, lane, 1);
  addVector(left, right, lane, 2);
  addVector(left, right, lane, 3);
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
  let steps = (params.k4 + stepVectors - 1) / stepVectors;
  let each = (steps + params.parts - 1) / params.parts * stepVectors;
  let begin = select(0u, group.z * each, SPLIT);
  let end = select(params.k4, min(begin + each, params.k4), SPLIT);
  var left = Rows8();
  var right = Rows8();
  var next = load(loads, begin);
  for (var k = begin; k < end; k += stepVectors) {
    workgroupBarrier();
    put(loads, next);
    workgroupBarrier();
    next = load(loads, k + stepVectors);
    addStep(&left, &right, lane);
  }
  finishQuad(tile, lane, 0, group.z, left);
  finishQuad(tile, lane, 1, group.z, right);
}
