// Slots of decode attention on GPUs. Attention and its merge have the same, so that both are bound by one call.
// constants: PARTIALS, ATTENDED

// [rows, (H + 2 K) * D / 4]: query heads, key heads and value heads of each row; from PARTIALS on [rows, H, N, D / 4 + 1], what
// chunks amount to: sums, then (maximum, total); from ATTENDED on [rows, H * D / 4], the result
@group(0) @binding(0) var<storage, read_write> work: array<vec4f>;
@group(0) @binding(1) var<storage, read> table: array<vec2f>;    // [positions, D / 2] of (cos, sin)
@group(0) @binding(2) var<storage, read> cursor: array<u32>;     // of shared/row-place.wgsl
@group(0) @binding(3) var<storage, read> qWeight: array<vec4f>;  // [D / 4], or [H * D / 4] with NORM 2
@group(0) @binding(4) var<storage, read> kWeight: array<vec4f>;  // [D / 4], or [K * D / 4] with NORM 2
// bindings 5 to 7: k, v, kvScales
