// y[r] = activation(x[r] weight^T + bias), or y[r] += ...: linear layers of a few rows on GPUs, any number of columns. A weight is
// unpacked once and meets all ROWS rows of x, so that several branches cost the weights of one. An invocation makes ROWS sums of
// four rows of weight over its part of K; parts meet in workgroup memory, two rows of x at a time. x is never normed here: each
// invocation would do it again for each of its weights.
// constants: ROWS, K4, LANES, BIAS, GELU, ACCUMULATE, NORMED, GATED, STOPPABLE
// joined with: shared/row-shares.wgsl, shared/few-rows.wgsl, shared/rows-*.wgsl    reference: tests/reference/matmul.ts

const atOnce = min(u32(ROWS), 2u);  // rows of x whose parts meet at a time: 8 KiB

var<workgroup> partSums: array<vec4f, 256 * atOnce>;  // [row, part, lane]

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  if (STOPPABLE && cursor[1] != 0) { return; }
  let lane = laneOf(local);
  let part = partOf(local);
  let rows = rowsOf(columnsOf(group.x, lane));
  var sums: array<vec4f, ROWS>;
  for (var step = part; step < STEPS; step += PARTS) { addStep(&sums, rows, step); }
  for (var first = 0u; first < ROWS; first += atOnce) {
    if (first > 0) { workgroupBarrier(); }
    for (var r = 0u; r < atOnce; r++) { partSums[256 * r + part * LANES + lane] = sums[min(first + r, ROWS - 1)]; }
    workgroupBarrier();
    let row = local / LANES;
    if (row < atOnce && first + row < ROWS) {
      let own = local % LANES;
      var sum = vec4f();
      for (var i = 0u; i < PARTS; i++) { sum += partSums[256 * row + i * LANES + own]; }
      store(first + row, columnsOf(group.x, own), sum);
    }
  }
}

// Four rows of weight at one vec4 of K, the columns of a matrix being the four k, meet all rows of x.
fn addQuad(sums: ptr<function, array<vec4f, ROWS>>, values: mat4x4f, vector: u32) {
  for (var r = 0u; r < ROWS; r++) { (*sums)[r] += values * activation(r, vector); }
}
