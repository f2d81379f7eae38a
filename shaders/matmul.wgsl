// Linear layers of many rows on processors: an invocation holds 8 rows x 2 quads of y in registers and walks K block by block
// of the weight's format, so that a value of x or of weight is loaded once for eight uses. What lies past the last row or quad
// is computed from the last valid one and not stored.
// constants: BIAS, GELU, ACCUMULATE, GATED    joined with: shared/matmul-quads.wgsl    reference: tests/reference/matmul.ts

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.y * 8;
  let quad = id.x * 2;
  if (quad >= quads() || row >= params.rows) { return; }
  let last = params.rows - 1;
  let k4 = params.k4;
  let x0 = row * k4;
  let x1 = min(row + 1, last) * k4;
  let x2 = min(row + 2, last) * k4;
  let x3 = min(row + 3, last) * k4;
  let x4 = min(row + 4, last) * k4;
  let x5 = min(row + 5, last) * k4;
  let x6 = min(row + 6, last) * k4;
  let x7 = min(row + 7, last) * k4;
  let left = quadRows(quad);
  let right = quadRows(min(quad + 1, quads() - 1));
  var left0 = vec4f();
  var right0 = vec4f();
  var left1 = vec4f();
  var right1 = vec4f();
  var left2 = vec4f();
  var right2 = vec4f();
  var left3 = vec4f();
  var right3 = vec4f();
  var left4 = vec4f();
  var right4 = vec4f();
  var left5 = vec4f();
  var right5 = vec4f();
  var left6 = vec4f();
  var right6 = vec4f();
  var left7 = vec4f();
  var right7 = vec4f();
  for (var block = 0u; block < blocksOf(k4); block++) {
    let leftX = weightBlock(left.x, block, k4);
    let leftY = weightBlock(left.y, block, k4);
    let leftZ = weightBlock(left.z, block, k4);
    let leftW = weightBlock(left.w, block, k4);
    let rightX = weightBlock(right.x, block, k4);
    let rightY = weightBlock(right.y, block, k4);
    let rightZ = weightBlock(right.z, block, k4);
    let rightW = weightBlock(right.w, block, k4);
    let vectors = blockVectors(k4);
    for (var i = 0u; i < vectors; i++) {
      let k = inRow(block * vectors + i, k4);
      let l = mat4x4f(weightVector(leftX, i), weightVector(leftY, i), weightVector(leftZ, i), weightVector(leftW, i));
      let r = mat4x4f(weightVector(rightX, i), weightVector(rightY, i), weightVector(rightZ, i), weightVector(rightW, i));
      let a0 = x[x0 + k];
      left0 += a0 * l;
      right0 += a0 * r;
      let a1 = x[x1 + k];
      left1 += a1 * l;
      right1 += a1 * r;
      let a2 = x[x2 + k];
      left2 += a2 * l;
      right2 += a2 * r;
      let a3 = x[x3 + k];
      left3 += a3 * l;
      right3 += a3 * r;
      let a4 = x[x4 + k];
      left4 += a4 * l;
      right4 += a4 * r;
      let a5 = x[x5 + k];
      left5 += a5 * l;
      right5 += a5 * r;
      let a6 = x[x6 + k];
      left6 += a6 * l;
      right6 += a6 * r;
      let a7 = x[x7 + k];
      left7 += a7 * l;
      right7 += a7 * r;
    }
  }
  storePair(row + 0, quad, left0, right0);
  storePair(row + 1, quad, left1, right1);
  storePair(row + 2, quad, left2, right2);
  storePair(row + 3, quad, left3, right3);
  storePair(row + 4, quad, left4, right4);
  storePair(row + 5, quad, left5, right5);
  storePair(row + 6, quad, left6, right6);
  storePair(row + 7, quad, left7, right7);
}

fn storePair(row: u32, quad: u32, left: vec4f, right: vec4f) {
  if (row >= params.rows) { return; }
  storeQuad(row, quad, left);
  if (quad + 1 < quads()) { storeQuad(row, quad + 1, right); }
}
