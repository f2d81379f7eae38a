// The bindings that the kernels for many rows of x in f32 share.
// joined with: shared/weight-*.wgsl or shared/quad-*.wgsl, shared/quad-epilogue.wgsl

@group(0) @binding(0) var<storage, read> x: array<vec4f>;        // [rows, K/4]
// binding 1: weight, binding 2: scales
@group(0) @binding(3) var<storage, read> bias: array<f32>;       // [*]; x again when there is none
@group(0) @binding(4) var<storage, read_write> y: array<vec2f>;  // [*, yStride2]
