// matvec-split for devices whose subgroups all have S invocations: the parts of a subgroup are added by shuffles, so that
// little goes through workgroup memory and one barrier is enough.
// constants: S, K4, LANES, BIAS, GELU, ACCUMULATE, NORMED, GATED, STOPPABLE
// joined with: shared/row-parts.wgsl, shared/few-rows.wgsl and a file of sums, shared/gelu.wgsl
// reference: tests/reference/matmul.ts

const TOGETHER = select(max(S / LANES, 1), min(S, PARTS), IN_ROWS);  // parts of a subgroup

var<workgroup> partSums: array<vec4f, 256>;  // [PARTS / TOGETHER, LANES]
var<workgroup> partSquares: array<f32, 256 / S>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  if (STOPPABLE && cursor[1] != 0) { return; }
  let lane = laneOf(local);
  let part = partOf(local);
  let columns = columnsOf(group.x, lane);
  let own = sumPart(group.y, columns, lane, part);
  var sums = own.sums;
  for (var apart = 1u; apart < TOGETHER; apart *= 2) {
    sums += subgroupShuffleXor(sums, apart * select(LANES, 1u, IN_ROWS));
  }
  if (part % TOGETHER == 0) { partSums[part / TOGETHER * LANES + lane] = sums; }
  if (NORMED) {
    let squares = subgroupAdd(own.squares);
    if (local % S == 0) { partSquares[local / S] = squares; }
  }
  workgroupBarrier();
  if (part > 0) { return; }
  sums = partSums[lane];
  for (var i = 1u; i < PARTS / TOGETHER; i++) { sums += partSums[i * LANES + lane]; }
  if (NORMED) {
    var squares = 0.0;
    for (var i = 0u; i < 256 / S; i++) { squares += partSquares[i]; }
    sums *= normScale(squares / timesSquared());
  }
  store(group.y, columns, sums);
}
