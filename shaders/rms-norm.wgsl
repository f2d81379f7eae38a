// y = weight * x / sqrt(mean(x^2) + eps) for every row, or y += that (post-norm blocks add the result to the residual).
// 16 lanes share a row, a workgroup has 4 rows; surplus rows repeat the last one and are not stored.
// constants: ACCUMULATE    joined with: shared/row-sum.wgsl    reference: tests/reference/rms-norm.ts

struct Params {
  rows: u32,
  c4: u32,  // row length / 4
  eps: f32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;        // [rows, C/4]
@group(0) @binding(1) var<storage, read> weight: array<vec4f>;   // [C/4]
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;  // [rows, C/4]
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
  var squares = 0.0;
  for (var c = lane; c < params.c4; c += 16) {
    let value = x[row + c];
    squares += dot(value, value);
  }
  let scale = inverseSqrt(rowSum(local, squares) / f32(params.c4 * 4) + params.eps);
  if (wanted >= params.rows) { return; }
  for (var c = lane; c < params.c4; c += 16) {
    let value = x[row + c] * scale * weight[c];
    if (ACCUMULATE) { y[row + c] += value; } else { y[row + c] = value; }
  }
}
