// Linear layers of many rows on processors: an invocation holds 8 rows x 2 quads of y in registers and walks K block by block
// of the weight's format, so that a value of x or of weight is loaded once for eight uses. What lies past the last row or quad
// is computed from the last valid one and not stored.
// joined with: shared/matmul-quads.wgsl, shared/ends-params.wgsl    reference: tests/reference/matmul.ts

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
      let l0 = weightVector(leftX, i);
      let l1 = weightVector(leftY, i);
      let l2 = weightVector(leftZ, i);
      let l3 = weightVector(leftW, i);
      let r0 = weightVector(rightX, i);
      let r1 = weightVector(rightY, i);
      let r2 = weightVector(rightZ, i);
      let r3 = weightVector(rightW, i);
      let a0 = x[x0 + k];
      left0 += vec4f(dot(a0, l0), dot(a0, l1), dot(a0, l2), dot(a0, l3));
      right0 += vec4f(dot(a0, r0), dot(a0, r1), dot(a0, r2), dot(a0, r3));
      let a1 = x[x1 + k];
      left1 += vec4f(dot(a1, l0), dot(a1, l1), dot(a1, l2), dot(a1, l3));
      right1 += vec4f(dot(a1, r0), dot(a1, r1), dot(a1, r2), dot(a1, r3));
      let a2 = x[x2 + k];
      left2 += vec4f(dot(a2, l0), dot(a2, l1), dot(a2, l2), dot(a2, l3));
      right2 += vec4f(dot(a2, r0), dot(a2, r1), dot(a2, r2), dot(a2, r3));
      let a3 = x[x3 + k];
      left3 += vec4f(dot(a3, l0), dot(a3, l1), dot(a3, l2), dot(a3, l3));
      right3 += vec4f(dot(a3, r0), dot(a3, r1), dot(a3, r2), dot(a3, r3));
      let a4 = x[x4 + k];
      left4 += vec4f(dot(a4, l0), dot(a4, l1), dot(a4, l2), dot(a4, l3));
      right4 += vec4f(dot(a4, r0), dot(a4, r1), dot(a4, r2), dot(a4, r3));
      let a5 = x[x5 + k];
      left5 += vec4f(dot(a5, l0), dot(a5, l1), dot(a5, l2), dot(a5, l3));
      right5 += vec4f(dot(a5, r0), dot(a5, r1), dot(a5, r2), dot(a5, r3));
      let a6 = x[x6 + k];
      left6 += vec4f(dot(a6, l0), dot(a6, l1), dot(a6, l2), dot(a6, l3));
      right6 += vec4f(dot(a6, r0), dot(a6, r1), dot(a6, r2), dot(a6, r3));
      let a7 = x[x7 + k];
      left7 += vec4f(dot(a7, l0), dot(a7, l1), dot(a7, l2), dot(a7, l3));
      right7 += vec4f(dot(a7, r0), dot(a7, r1), dot(a7, r2), dot(a7, r3));
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
