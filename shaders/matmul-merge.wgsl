// Adds what parts of K made of a linear layer of many rows, and ends it. One invocation per quad.
// constants: BIAS, GELU, ACCUMULATE, GATED    joined with: shared/quad-epilogue.wgsl    reference: tests/reference/matmul.ts

@group(0) @binding(0) var<storage, read> sums: array<vec4f>;     // [parts, rows, quads]
@group(0) @binding(1) var<storage, read> bias: array<f32>;       // [*]; sums again when there is none
@group(0) @binding(2) var<storage, read_write> y: array<vec2f>;  // [*, yStride2]

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 128 + local;
  let count = params.rows * quads();
  if (i >= count) { return; }
  var sum = vec4f();
  for (var part = 0u; part < params.parts; part++) { sum += sums[part * count + i]; }
  storeQuad(i / quads(), i % quads(), sum);
}
