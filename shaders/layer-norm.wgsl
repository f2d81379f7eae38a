// y = weight * (x - mean) / sqrt(variance + eps) + bias for every row; the variance is the population's.
// 16 lanes share a row, a workgroup has 4 rows; surplus rows repeat the last one and are not stored.
// joined with: shared/row-sum.wgsl    reference: tests/reference/layer-norm.ts

struct Params {
  rows: u32,
  c4: u32,  // row length / 4
  eps: f32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;        // [rows, C/4]
@group(0) @binding(1) var<storage, read> weight: array<vec4f>;   // [C/4]
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;     // [C/4]
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;  // [rows, C/4]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let wanted = (group.y * groups.x + group.x) * 4 + local / 16;
  let row = min(wanted, params.rows - 1) * params.c4;
  let lane = local % 16;
  let length = f32(params.c4 * 4);
  var sum = 0.0;
  for (var c = lane; c < params.c4; c += 16) {
    sum += dot(x[row + c], vec4f(1.0));
  }
  let mean = rowSum(local, sum) / length;
  var squares = 0.0;
  for (var c = lane; c < params.c4; c += 16) {
    let centred = x[row + c] - mean;
    squares += dot(centred, centred);
  }
  let scale = inverseSqrt(rowSum(local, squares) / length + params.eps);
  if (wanted >= params.rows) { return; }
  for (var c = lane; c < params.c4; c += 16) {
    y[row + c] = (x[row + c] - mean) * scale * weight[c] + bias[c];
  }
}
