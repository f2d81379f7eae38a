// Linear layers of many rows on GPUs with 16-bit floats: x and weights are rounded to f16 in workgroup memory, and the products of
// one step, 32 values of K, are summed in f16 before they join sums of f32. TILE is 64 or 128.
// constants: TILE, BIAS, GELU, ACCUMULATE, GATED    joined with: shared/matmul-tile-body.wgsl    reference: tests/reference/matmul.ts

alias tile4 = vec4h;

fn end(sum: vec4f, part: tile4, scale: f32) -> vec4f { return sum + vec4f(part) / scale; }

// A few channels of a model's activations may be so large that their products would not fit f16. Where a step has one, all of
// its x is scaled down by a power of two. Two turns, as the next step is loaded before this one is done.
const large = 2048.0;
var<workgroup> largest: array<atomic<u32>, 2>;  // bits of the largest magnitude of a step, 0 where none is large

fn meet(loaded: Loaded, turn: u32) {
  let four = max(max(abs(loaded.x0), abs(loaded.x1)), max(abs(loaded.x2), abs(loaded.x3)));
  let own = max(max(four.x, four.y), max(four.z, four.w));
  if (own > large) { atomicMax(&largest[turn], bitcast<u32>(own)); }
}

fn stepScale(turn: u32) -> f32 {
  let bits = atomicLoad(&largest[turn]);
  // 2^10 over the power of two in the largest.
  return select(bitcast<f32>((264 - (bits >> 23)) << 23), 1.0, bits == 0);
}

fn forget(turn: u32, local: u32) {
  if (local == 0) { atomicStore(&largest[turn], 0); }
}
