// y[r] = activation(x[r] weight^T + bias), or y[r] += ...: linear layers of few rows on GPUs, any number of columns.
// A workgroup makes 4 LANES columns of y (2 LANES where they are gated); the sums of a row's parts meet in workgroup
// memory. The grid's y axis is the row.
// constants: K4, LANES, BIAS, GELU, ACCUMULATE, NORMED, GATED, STOPPABLE
// joined with: shared/row-parts.wgsl, shared/few-rows.wgsl and a file of sums, shared/gelu.wgsl
// reference: tests/reference/matmul.ts

var<workgroup> partSums: array<vec4f, 256>;  // [PARTS, LANES]
var<workgroup> partSquares: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  if (STOPPABLE && cursor[1] != 0) { return; }
  let lane = laneOf(local);
  let part = partOf(local);
  let columns = columnsOf(group.x, lane);
  let own = sumPart(group.y, columns, lane, part);
  let place = part * LANES + lane;
  partSums[place] = own.sums;
  if (NORMED) { partSquares[place] = own.squares; }
  workgroupBarrier();
  for (var half = 128u; half >= LANES; half /= 2) {
    if (place < half) {
      partSums[place] += partSums[place + half];
      if (NORMED) { partSquares[place] += partSquares[place + half]; }
    }
    workgroupBarrier();
  }
  if (part > 0) { return; }
  var scale = 1.0;
  if (NORMED) {
    var squares = 0.0;
    for (var i = 0u; i < LANES; i++) { squares += partSquares[i]; }
    scale = normScale(squares / timesSquared());
  }
  store(group.y, columns, partSums[lane] * scale);
}
