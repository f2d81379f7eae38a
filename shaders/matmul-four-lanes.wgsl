// Linear layers of many rows on processors with subgroups of four lanes. A workgroup is one subgroup, which makes 16 rows x 4 quads
// of y: a lane loads every fourth row of x and hands it round, and owns one column of each quad. A load costs there as much as a
// dozen multiply-adds, and compiling goes by the number of loads that the text has. What lies past the last row or quad is
// computed from the last valid one and not stored.
// joined with: shared/matmul-quads.wgsl, shared/ends-params.wgsl    reference: tests/reference/matmul.ts

// Four rows of x, one in each lane, times the lane's columns: the columns of the result are the rows.
fn products(x: vec4f, weights: mat4x4f) -> mat4x4f {
  return mat4x4f(
    quadBroadcast(x, 0) * weights,
    quadBroadcast(x, 1) * weights,
    quadBroadcast(x, 2) * weights,
    quadBroadcast(x, 3) * weights,
  );
}

// Four rows of the lane's column -> four columns of the lane's row.
fn turned(sums: vec4f, lane: u32) -> vec4f {
  return vec4f(
    quadBroadcast(sums, 0)[lane],
    quadBroadcast(sums, 1)[lane],
    quadBroadcast(sums, 2)[lane],
    quadBroadcast(sums, 3)[lane],
  );
}

@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * 16 + lane;
  let quad = group.x * 4;
  let k4 = params.k4;
  let rows = min(row + vec4u(0, 4, 8, 12), vec4u(params.rows - 1)) * k4;
  let lastQuad = quads() - 1;
  let row0 = quadRows(quad)[lane];
  let row1 = quadRows(min(quad + 1, lastQuad))[lane];
  let row2 = quadRows(min(quad + 2, lastQuad))[lane];
  let row3 = quadRows(min(quad + 3, lastQuad))[lane];
  var a = mat4x4f();
  var b = mat4x4f();
  var c = mat4x4f();
  var d = mat4x4f();
  for (var block = 0u; block < blocksOf(k4); block++) {
    let block0 = weightBlock(row0, block, k4);
    let block1 = weightBlock(row1, block, k4);
    let block2 = weightBlock(row2, block, k4);
    let block3 = weightBlock(row3, block, k4);
    let vectors = blockVectors(k4);
    for (var i = 0u; i < vectors; i++) {
      let k = inRow(block * vectors + i, k4);
      let weights = mat4x4f(
        weightVector(block0, i),
        weightVector(block1, i),
        weightVector(block2, i),
        weightVector(block3, i),
      );
      a += products(x[rows.x + k], weights);
      b += products(x[rows.y + k], weights);
      c += products(x[rows.z + k], weights);
      d += products(x[rows.w + k], weights);
    }
  }
  // A loop, which is compiled once, where 16 stores would take longer to compile than all the rest.
  var sums = array<mat4x4f, 4>(transpose(a), transpose(b), transpose(c), transpose(d));
  for (var i = 0u; i < 16; i++) {
    let sum = turned(sums[i / 4][i % 4], lane);
    let to = row + i / 4 * 4;
    if (to < params.rows && quad + i % 4 <= lastQuad) { storeQuad(to, quad + i % 4, sum); }
  }
}
