// The 256 best of each slice of the vocabulary, best first, and the slice's share of the softmax's denominator. Grid:
// slices x rows; `top-k-merge` joins the slices. Whether a logit is not finite stands beside the sum.
// joined with: shared/best-256.wgsl    reference: tests/reference/top-k.ts

struct Params {
  count: u32,  // V
  slice: u32,  // logits per workgroup, a multiple of 256
}

@group(0) @binding(0) var<storage, read> logits: array<f32>;         // [rows, V]
@group(0) @binding(1) var<storage, read> temperature: array<f32>;    // [rows]
@group(0) @binding(2) var<storage, read_write> lists: array<vec2u>;  // [rows, slices, 257] (bits of a logit, id), then (bits of a sum, 1 if not finite)
@group(1) @binding(0) var<uniform> params: Params;

var<workgroup> anyBetter: atomic<u32>;
var<workgroup> worthSorting: u32;
var<workgroup> anyWrong: atomic<u32>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = group.y * params.count;
  let first = group.x * params.slice;
  let end = min(params.count, first + params.slice);
  startBest(local);
  for (var start = first; start < end; start += 256) {
    // Later rows of a slice seldom have anything that is better than what was found: they are passed over.
    if (local == 0) { atomicStore(&anyBetter, 0); }
    let i = start + local;
    newValue[local] = lowest;
    newId[local] = noId;
    if (i < end) {
      newValue[local] = ordered(logits[row + i]);
      newId[local] = i;
    }
    workgroupBarrier();
    if (isBetter(newValue[local], newId[local], bestValue[255], bestId[255])) { atomicStore(&anyBetter, 1); }
    workgroupBarrier();
    if (local == 0) { worthSorting = atomicLoad(&anyBetter); }
    if (workgroupUniformLoad(&worthSorting) == 1) {
      sortNew(local);
      mergeNew(local);
    }
  }
  var weight = 0.0;
  for (var i = first + local; i < end; i += 256) {
    weight += weightOf(ordered(logits[row + i]), bestValue[0], temperature[group.y]);
    if (!isFinite(logits[row + i])) { atomicStore(&anyWrong, 1u); }
  }
  let list = (group.y * grid.x + group.x) * 257;
  lists[list + local] = vec2u(bitcast<u32>(bestValue[local]), bestId[local]);
  let total = sumOfAll(local, weight);
  if (local == 0) { lists[list + 256] = vec2u(bitcast<u32>(total), atomicLoad(&anyWrong)); }
}
