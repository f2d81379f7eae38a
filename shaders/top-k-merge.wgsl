// The 256 best of the whole vocabulary, best first, from the best of its slices, and the softmax's denominator relative to
// the highest logit. One workgroup per row.
// joined with: shared/best-256.wgsl    reference: tests/reference/top-k.ts

struct Params { slices: u32 }

@group(0) @binding(0) var<storage, read> lists: array<vec2u>;        // [rows, slices, 257] (bits of a logit, id), then (bits of a sum, 1 if not finite)
@group(0) @binding(1) var<storage, read> temperature: array<f32>;    // [rows]
@group(0) @binding(2) var<storage, read_write> best: array<vec2u>;   // [rows, 257] the same of all slices
@group(1) @binding(0) var<uniform> params: Params;

var<workgroup> anyWrong: atomic<u32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let first = group.x * params.slices * 257;
  let at = group.x * 257;
  startBest(local);
  for (var slice = 0u; slice < params.slices; slice++) {
    let list = first + slice * 257;
    // A slice whose best is worse than the 256th so far has nothing to add.
    let worst = workgroupUniformLoad(&bestValue[255]);
    let worstId = workgroupUniformLoad(&bestId[255]);
    if (isBetter(bitcast<f32>(lists[list].x), lists[list].y, worst, worstId)) {
      newValue[local] = bitcast<f32>(lists[list + local].x);
      newId[local] = lists[list + local].y;
      workgroupBarrier();
      mergeNew(local);
    }
  }
  var weight = 0.0;
  for (var slice = local; slice < params.slices; slice += 256) {
    let highest = bitcast<f32>(lists[first + slice * 257].x);
    let share = bitcast<f32>(lists[first + slice * 257 + 256].x);
    weight += share * weightOf(highest, bestValue[0], temperature[group.x]);
    if (lists[first + slice * 257 + 256].y != 0) { atomicStore(&anyWrong, 1u); }
  }
  best[at + local] = vec2u(bitcast<u32>(bestValue[local]), bestId[local]);
  let total = sumOfAll(local, weight);
  if (local == 0) { best[at + 256] = vec2u(bitcast<u32>(total), atomicLoad(&anyWrong)); }
}
