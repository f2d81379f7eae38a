// Linear layers of many rows on processors with subgroups of eight lanes. A workgroup is one subgroup, whose lanes share 16 rows
// of x and own a quad of y's columns each. The lanes load one vec4 of K each, eight in all, and hand them round: a load costs
// there as much as dozens of multiply-adds. What lies past the last row or quad is computed from the last valid one and not
// stored; x past the end of K counts as 0.
// joined with: shared/matmul-quads.wgsl, shared/ends-params.wgsl    reference: tests/reference/matmul.ts

// A vec4 for each of the 16 rows.
struct Rows {
  r0: vec4f, r1: vec4f, r2: vec4f, r3: vec4f,
  r4: vec4f, r5: vec4f, r6: vec4f, r7: vec4f,
  r8: vec4f, r9: vec4f, r10: vec4f, r11: vec4f,
  r12: vec4f, r13: vec4f, r14: vec4f, r15: vec4f,
}

fn lane0(a: Rows) -> Rows {
  return Rows(
    subgroupBroadcast(a.r0, 0), subgroupBroadcast(a.r1, 0), subgroupBroadcast(a.r2, 0), subgroupBroadcast(a.r3, 0),
    subgroupBroadcast(a.r4, 0), subgroupBroadcast(a.r5, 0), subgroupBroadcast(a.r6, 0), subgroupBroadcast(a.r7, 0),
    subgroupBroadcast(a.r8, 0), subgroupBroadcast(a.r9, 0), subgroupBroadcast(a.r10, 0), subgroupBroadcast(a.r11, 0),
    subgroupBroadcast(a.r12, 0), subgroupBroadcast(a.r13, 0), subgroupBroadcast(a.r14, 0), subgroupBroadcast(a.r15, 0),
  );
}

fn lane1(a: Rows) -> Rows {
  return Rows(
    subgroupBroadcast(a.r0, 1), subgroupBroadcast(a.r1, 1), subgroupBroadcast(a.r2, 1), subgroupBroadcast(a.r3, 1),
    subgroupBroadcast(a.r4, 1), subgroupBroadcast(a.r5, 1), subgroupBroadcast(a.r6, 1), subgroupBroadcast(a.r7, 1),
    subgroupBroadcast(a.r8, 1), subgroupBroadcast(a.r9, 1), subgroupBroadcast(a.r10, 1), subgroupBroadcast(a.r11, 1),
    subgroupBroadcast(a.r12, 1), subgroupBroadcast(a.r13, 1), subgroupBroadcast(a.r14, 1), subgroupBroadcast(a.r15, 1),
  );
}

fn lane2(a: Rows) -> Rows {
  return Rows(
    subgroupBroadcast(a.r0, 2), subgroupBroadcast(a.r1, 2), subgroupBroadcast(a.r2, 2), subgroupBroadcast(a.r3, 2),
    subgroupBroadcast(a.r4, 2), subgroupBroadcast(a.r5, 2), subgroupBroadcast(a.r6, 2), subgroupBroadcast(a.r7, 2),
    subgroupBroadcast(a.r8, 2), subgroupBroadcast(a.r9, 2), subgroupBroadcast(a.r10, 2), subgroupBroadcast(a.r11, 2),
    subgroupBroadcast(a.r12, 2), subgroupBroadcast(a.r13, 2), subgroupBroadcast(a.r14, 2), subgroupBroadcast(a.r15, 2),
  );
}

fn lane3(a: Rows) -> Rows {
  return Rows(
    subgroupBroadcast(a.r0, 3), subgroupBroadcast(a.r1, 3), subgroupBroadcast(a.r2, 3), subgroupBroadcast(a.r3, 3),
    subgroupBroadcast(a.r4, 3), subgroupBroadcast(a.r5, 3), subgroupBroadcast(a.r6, 3), subgroupBroadcast(a.r7, 3),
    subgroupBroadcast(a.r8, 3), subgroupBroadcast(a.r9, 3), subgroupBroadcast(a.r10, 3), subgroupBroadcast(a.r11, 3),
    subgroupBroadcast(a.r12, 3), subgroupBroadcast(a.r13, 3), subgroupBroadcast(a.r14, 3), subgroupBroadcast(a.r15, 3),
  );
}

fn lane4(a: Rows) -> Rows {
  return Rows(
    subgroupBroadcast(a.r0, 4), subgroupBroadcast(a.r1, 4), subgroupBroadcast(a.r2, 4), subgroupBroadcast(a.r3, 4),
    subgroupBroadcast(a.r4, 4), subgroupBroadcast(a.r5, 4), subgroupBroadcast(a.r6, 4), subgroupBroadcast(a.r7, 4),
    subgroupBroadcast(a.r8, 4), subgroupBroadcast(a.r9, 4), subgroupBroadcast(a.r10, 4), subgroupBroadcast(a.r11, 4),
    subgroupBroadcast(a.r12, 4), subgroupBroadcast(a.r13, 4), subgroupBroadcast(a.r14, 4), subgroupBroadcast(a.r15, 4),
  );
}

fn lane5(a: Rows) -> Rows {
  return Rows(
    subgroupBroadcast(a.r0, 5), subgroupBroadcast(a.r1, 5), subgroupBroadcast(a.r2, 5), subgroupBroadcast(a.r3, 5),
    subgroupBroadcast(a.r4, 5), subgroupBroadcast(a.r5, 5), subgroupBroadcast(a.r6, 5), subgroupBroadcast(a.r7, 5),
    subgroupBroadcast(a.r8, 5), subgroupBroadcast(a.r9, 5), subgroupBroadcast(a.r10, 5), subgroupBroadcast(a.r11, 5),
    subgroupBroadcast(a.r12, 5), subgroupBroadcast(a.r13, 5), subgroupBroadcast(a.r14, 5), subgroupBroadcast(a.r15, 5),
  );
}

fn lane6(a: Rows) -> Rows {
  return Rows(
    subgroupBroadcast(a.r0, 6), subgroupBroadcast(a.r1, 6), subgroupBroadcast(a.r2, 6), subgroupBroadcast(a.r3, 6),
    subgroupBroadcast(a.r4, 6), subgroupBroadcast(a.r5, 6), subgroupBroadcast(a.r6, 6), subgroupBroadcast(a.r7, 6),
    subgroupBroadcast(a.r8, 6), subgroupBroadcast(a.r9, 6), subgroupBroadcast(a.r10, 6), subgroupBroadcast(a.r11, 6),
    subgroupBroadcast(a.r12, 6), subgroupBroadcast(a.r13, 6), subgroupBroadcast(a.r14, 6), subgroupBroadcast(a.r15, 6),
  );
}

fn lane7(a: Rows) -> Rows {
  return Rows(
    subgroupBroadcast(a.r0, 7), subgroupBroadcast(a.r1, 7), subgroupBroadcast(a.r2, 7), subgroupBroadcast(a.r3, 7),
    subgroupBroadcast(a.r4, 7), subgroupBroadcast(a.r5, 7), subgroupBroadcast(a.r6, 7), subgroupBroadcast(a.r7, 7),
    subgroupBroadcast(a.r8, 7), subgroupBroadcast(a.r9, 7), subgroupBroadcast(a.r10, 7), subgroupBroadcast(a.r11, 7),
    subgroupBroadcast(a.r12, 7), subgroupBroadcast(a.r13, 7), subgroupBroadcast(a.r14, 7), subgroupBroadcast(a.r15, 7),
  );
}

// Adds the products of four values of K.
fn add(sums: Rows, a: Rows, weights: mat4x4f) -> Rows {
  return Rows(
    sums.r0 + a.r0 * weights, sums.r1 + a.r1 * weights,
    sums.r2 + a.r2 * weights, sums.r3 + a.r3 * weights,
    sums.r4 + a.r4 * weights, sums.r5 + a.r5 * weights,
    sums.r6 + a.r6 * weights, sums.r7 + a.r7 * weights,
    sums.r8 + a.r8 * weights, sums.r9 + a.r9 * weights,
    sums.r10 + a.r10 * weights, sums.r11 + a.r11 * weights,
    sums.r12 + a.r12 * weights, sums.r13 + a.r13 * weights,
    sums.r14 + a.r14 * weights, sums.r15 + a.r15 * weights,
  );
}

fn xVector(row: u32, k: u32) -> vec4f {
  let k4 = params.k4;
  return select(vec4f(), x[min(row, params.rows - 1) * k4 + min(k, k4 - 1)], k < k4);
}

// One block of each row of weight that makes a quad.
struct Blocks {
  x: WeightBlock,
  y: WeightBlock,
  z: WeightBlock,
  w: WeightBlock,
}

// Weights at vec4 i of the blocks; past their end the last ones, which meet zeros.
fn weightsAt(blocks: Blocks, i: u32) -> mat4x4f {
  let at = min(i, blockVectors(params.k4) - 1);
  return mat4x4f(
    weightVector(blocks.x, at),
    weightVector(blocks.y, at),
    weightVector(blocks.z, at),
    weightVector(blocks.w, at),
  );
}

fn store(row: u32, quad: u32, sum: vec4f) {
  if (row < params.rows && quad < quads()) { storeQuad(row, quad, sum); }
}

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * 16;
  let quad = group.x * 8 + lane;
  let rows = quadRows(min(quad, quads() - 1));
  var sums = Rows();
  let k4 = params.k4;
  for (var step = 0u; step < (k4 + 7) / 8; step++) {
    let k = step * 8;
    let block = k / blockVectors(k4); // a block holds eight vec4, or a whole row
    let i = k % blockVectors(k4);
    let blocks = Blocks(
      weightBlock(rows.x, block, k4),
      weightBlock(rows.y, block, k4),
      weightBlock(rows.z, block, k4),
      weightBlock(rows.w, block, k4),
    );
    let a = Rows(
      xVector(row + 0, k + lane), xVector(row + 1, k + lane),
      xVector(row + 2, k + lane), xVector(row + 3, k + lane),
      xVector(row + 4, k + lane), xVector(row + 5, k + lane),
      xVector(row + 6, k + lane), xVector(row + 7, k + lane),
      xVector(row + 8, k + lane), xVector(row + 9, k + lane),
      xVector(row + 10, k + lane), xVector(row + 11, k + lane),
      xVector(row + 12, k + lane), xVector(row + 13, k + lane),
      xVector(row + 14, k + lane), xVector(row + 15, k + lane),
    );
    sums = add(sums, lane0(a), weightsAt(blocks, i + 0));
    sums = add(sums, lane1(a), weightsAt(blocks, i + 1));
    sums = add(sums, lane2(a), weightsAt(blocks, i + 2));
    sums = add(sums, lane3(a), weightsAt(blocks, i + 3));
    sums = add(sums, lane4(a), weightsAt(blocks, i + 4));
    sums = add(sums, lane5(a), weightsAt(blocks, i + 5));
    sums = add(sums, lane6(a), weightsAt(blocks, i + 6));
    sums = add(sums, lane7(a), weightsAt(blocks, i + 7));
  }
  store(row, quad, sums.r0);
  store(row + 1, quad, sums.r1);
  store(row + 2, quad, sums.r2);
  store(row + 3, quad, sums.r3);
  store(row + 4, quad, sums.r4);
  store(row + 5, quad, sums.r5);
  store(row + 6, quad, sums.r6);
  store(row + 7, quad, sums.r7);
  store(row + 8, quad, sums.r8);
  store(row + 9, quad, sums.r9);
  store(row + 10, quad, sums.r10);
  store(row + 11, quad, sums.r11);
  store(row + 12, quad, sums.r12);
  store(row + 13, quad, sums.r13);
  store(row + 14, quad, sums.r14);
  store(row + 15, quad, sums.r15);
}
