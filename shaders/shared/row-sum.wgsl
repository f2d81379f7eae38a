// Sums over a row by 16 lanes; a workgroup of 64 holds 4 rows. One barrier: every lane adds all 16 partial sums.
var<workgroup> partialSums: array<f32, 64>;

fn rowSum(local: u32, partial: f32) -> f32 {
  partialSums[local] = partial;
  workgroupBarrier();
  let first = local & 48u;
  var sum = 0.0;
  for (var lane = 0u; lane < 16; lane++) {
    sum += partialSums[first + lane];
  }
  workgroupBarrier();
  return sum;
}
