// Checkpoint values -> f16, two to a word. One invocation makes four values.
// joined with: shared/half.wgsl, shared/checkpoint-values.wgsl    reference: src/weights/formats/formats.ts

struct Params {
  count4: u32,   // vectors of source
  first4: u32,   // where the first goes in y
  ordinal: u32,  // what `problem` is raised to when a value has no finite f16
}

@group(0) @binding(1) var<storage, read_write> y: array<vec2u>;
@group(0) @binding(2) var<storage, read_write> problem: array<atomic<u32>>;  // [1]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64 + local;
  if (i >= params.count4) { return; }
  let v = sourceVector(i);
  let h = vec4u(nearestHalf(v.x), nearestHalf(v.y), nearestHalf(v.z), nearestHalf(v.w));
  if (any((h & vec4u(0x7fff)) == vec4u(0x7c00))) { atomicMax(&problem[0], params.ordinal); }
  y[params.first4 + i] = vec2u(h.x | (h.y << 16), h.z | (h.w << 16));
}
