// Slots 1 to 3 of kernels that only read the cache: halves, two to a word.

@group(0) @binding(1) var<storage, read> k: array<vec2u>;       // [S, K * D / 4]
@group(0) @binding(2) var<storage, read> v: array<vec2u>;       // [S, K * D / 4]
@group(0) @binding(3) var<storage, read> kvScales: array<u32>;  // k again: there are none
