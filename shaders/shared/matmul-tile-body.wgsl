// The body of the tiled kernels. A workgroup makes TILE rows x 16 quads of y and an invocation 8 rows x 1 quad; rows and quads
// lie apart, so that neighbours read different banks of workgroup memory. K goes in steps of 32, one block of q4 or q8. Each
// invocation loads four vec4 of x and 4 x 4 weights of the next step while it computes with this one. Loads past the last row
// or quad repeat the last valid one, x past the end of K counts as 0; only stores are guarded.
// The file it is joined with says what TILE and `tile4` are, how the sum of a step joins the others (`end`), and what happens to x of a
// step before it is stored (`meet`, `stepScale`, `forget`).
// joined with: shared/matmul-quads.wgsl

const stepVectors = 8u;            // vec4 of K in a step
const rowGap = u32(TILE) / 8;      // between the rows of an invocation
const loadGap = u32(TILE) / 4;     // between the rows that it loads
const invocations = u32(TILE) * 2;
const xVectors = u32(TILE) * stepVectors;

var<workgroup> xTile: array<tile4, xVectors>;  // [row][k / 4 ^ row % 8]
var<workgroup> weightTile: array<tile4, 512>;  // [k][quad ^ k / 4]

struct Loaded {
  x0: vec4f, x1: vec4f, x2: vec4f, x3: vec4f,  // four rows at one vec4 of K
  w0: tile4, w1: tile4, w2: tile4, w3: tile4,  // a quad at each of four k
}

// Which tile a workgroup makes: bands of eight tiles high are walked column by column, so that neighbours share weights.
fn tileOf(group: vec3u, groups: vec3u) -> vec2u {
  let index = group.y * groups.x + group.x;
  let band = index / (8 * groups.x);
  let inBand = index % (8 * groups.x);
  let height = min(8u, groups.y - band * 8);
  return vec2u(inBand / height, band * 8 + inBand % height);
}

fn load(xRow: u32, rows: vec4u, k: u32, withWeights: bool) -> Loaded {
  let k4 = params.k4;
  let last = params.rows - 1;
  let at = min(k, k4 - 1);
  let there = k < k4;
  var out: Loaded;
  out.x0 = select(vec4f(), x[min(xRow, last) * k4 + at], there);
  out.x1 = select(vec4f(), x[min(xRow + loadGap, last) * k4 + at], there);
  out.x2 = select(vec4f(), x[min(xRow + 2 * loadGap, last) * k4 + at], there);
  out.x3 = select(vec4f(), x[min(xRow + 3 * loadGap, last) * k4 + at], there);
  if (withWeights) {
    let vectors = blockVectors(k4);
    let block = at / vectors;
    let i = at % vectors;
    let quad = transpose(mat4x4f(
      weightVector(weightBlock(rows.x, block, k4), i),
      weightVector(weightBlock(rows.y, block, k4), i),
      weightVector(weightBlock(rows.z, block, k4), i),
      weightVector(weightBlock(rows.w, block, k4), i),
    ));
    out.w0 = tile4(quad[0]);
    out.w1 = tile4(quad[1]);
    out.w2 = tile4(quad[2]);
    out.w3 = tile4(quad[3]);
  }
  return out;
}

// sum + a weights, for four values of K.
fn add(sum: tile4, a: tile4, w0: tile4, w1: tile4, w2: tile4, w3: tile4) -> tile4 {
  return fma(tile4(a.w), w3, fma(tile4(a.z), w2, fma(tile4(a.y), w1, fma(tile4(a.x), w0, sum))));
}

fn store(row: u32, quad: u32, sum: vec4f) {
  if (row < params.rows && quad < quads()) { storeQuad(row, quad, sum); }
}

@compute @workgroup_size(invocations)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let tile = tileOf(group, groups);
  // For loads: a vec4 of the step and a line of rows; the first 16 lines load the quads of weights.
  let part = local % 8;
  let line = local / 8;
  let xRow = tile.y * TILE + line;
  let withWeights = line < 16;
  let rows = quadRows(min(tile.x * 16 + line % 16, quads() - 1));
  let xTo = line * 8 + (part ^ (line % 8));
  let weightTo = part * 64 + ((line % 16) ^ part);
  // For products.
  let column = local % 16;
  let first = local / 16;
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  var sum4 = vec4f();
  var sum5 = vec4f();
  var sum6 = vec4f();
  var sum7 = vec4f();
  var next = load(xRow, rows, part, withWeights);
  meet(next, 0);
  for (var k = 0u; k < params.k4; k += stepVectors) {
    workgroupBarrier();
    let turn = k / stepVectors % 2;
    let scale = stepScale(turn);
    xTile[xTo] = tile4(next.x0 * scale);
    xTile[xTo + 8 * loadGap] = tile4(next.x1 * scale);
    xTile[xTo + 16 * loadGap] = tile4(next.x2 * scale);
    xTile[xTo + 24 * loadGap] = tile4(next.x3 * scale);
    if (withWeights) {
      weightTile[weightTo] = next.w0;
      weightTile[weightTo + 16] = next.w1;
      weightTile[weightTo + 32] = next.w2;
      weightTile[weightTo + 48] = next.w3;
    }
    workgroupBarrier();
    forget(turn, local);
    next = load(xRow, rows, k + stepVectors + part, withWeights);
    meet(next, 1 - turn);
    var part0 = tile4();
    var part1 = tile4();
    var part2 = tile4();
    var part3 = tile4();
    var part4 = tile4();
    var part5 = tile4();
    var part6 = tile4();
    var part7 = tile4();
    for (var i = 0u; i < stepVectors; i++) {
      let w = i * 64 + (column ^ i);
      let w0 = weightTile[w];
      let w1 = weightTile[w + 16];
      let w2 = weightTile[w + 32];
      let w3 = weightTile[w + 48];
      let a = first * 8 + (i ^ (first % 8));
      part0 = add(part0, xTile[a], w0, w1, w2, w3);
      part1 = add(part1, xTile[a + 8 * rowGap], w0, w1, w2, w3);
      part2 = add(part2, xTile[a + 16 * rowGap], w0, w1, w2, w3);
      part3 = add(part3, xTile[a + 24 * rowGap], w0, w1, w2, w3);
      part4 = add(part4, xTile[a + 32 * rowGap], w0, w1, w2, w3);
      part5 = add(part5, xTile[a + 40 * rowGap], w0, w1, w2, w3);
      part6 = add(part6, xTile[a + 48 * rowGap], w0, w1, w2, w3);
      part7 = add(part7, xTile[a + 56 * rowGap], w0, w1, w2, w3);
    }
    sum0 = end(sum0, part0, scale);
    sum1 = end(sum1, part1, scale);
    sum2 = end(sum2, part2, scale);
    sum3 = end(sum3, part3, scale);
    sum4 = end(sum4, part4, scale);
    sum5 = end(sum5, part5, scale);
    sum6 = end(sum6, part6, scale);
    sum7 = end(sum7, part7, scale);
  }
  let row = tile.y * TILE + first;
  let quad = tile.x * 16 + column;
  store(row, quad, sum0);
  store(row + rowGap, quad, sum1);
  store(row + 2 * rowGap, quad, sum2);
  store(row + 3 * rowGap, quad, sum3);
  store(row + 4 * rowGap, quad, sum4);
  store(row + 5 * rowGap, quad, sum5);
  store(row + 6 * rowGap, quad, sum6);
  store(row + 7 * rowGap, quad, sum7);
}
