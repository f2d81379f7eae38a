// Slots 1 to 3 of kernels that only read the cache: codes, four to a word.

@group(0) @binding(1) var<storage, read> k: array<u32>;         // [S, K * D / 4]
@group(0) @binding(2) var<storage, read> v: array<u32>;         // [S, K * D / 4]
@group(0) @binding(3) var<storage, read> kvScales: array<u32>;  // [S, K] halves: the key's largest magnitude, the value's
