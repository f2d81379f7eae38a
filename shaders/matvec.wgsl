// y[r] = activation(x[r] weight^T + bias), or y[r] += ...: linear layers of few rows on processors, any number of columns.
// One invocation makes four columns of y alone (LANES is 1), so that x is read once for four rows of weight and nobody waits
// for another. The grid's y axis is the row. x is never normed here: every invocation would do it again.
// constants: K4, LANES, BIAS, GELU, ACCUMULATE, NORMED, GATED, STOPPABLE
// joined with: shared/few-rows.wgsl and a file of sums, shared/gelu.wgsl    reference: tests/reference/matmul.ts

@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (STOPPABLE && cursor[1] != 0) { return; }
  let columns = columnsOf(id.x, 0);
  if (columns.x >= params.columns) { return; }
  let first = firstSteps(rowsOf(columns));
  var sums = vec4f();
  for (var step = 0u; step < STEPS; step++) {
    sums += stepSums(id.y, first, step);
  }
  store(id.y, columns, sums);
}
