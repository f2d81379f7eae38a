// Slots 1 to 3 of kernels that only read the cache: floats.

@group(0) @binding(1) var<storage, read> k: array<vec4f>;       // [S, K * D / 4]
@group(0) @binding(2) var<storage, read> v: array<vec4f>;       // [S, K * D / 4]
@group(0) @binding(3) var<storage, read> kvScales: array<u32>;  // k again: there are none
