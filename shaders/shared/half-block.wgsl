// A block of x for sums in f16: the block is divided by a power of two that brings its largest value to 1 .. 2, so that no
// sum overflows and none of the larger values is subnormal. Vectors are in the order x z y w, in which codes are unpacked.
// joined with: shared/few-rows.wgsl, shared/sums-in-tiles.wgsl    needs f16

struct HalfBlock {
  a0: vec4h, a1: vec4h, a2: vec4h, a3: vec4h, a4: vec4h, a5: vec4h, a6: vec4h, a7: vec4h,
  unit: f32,  // what it was divided by
}

fn halfBlock(row: u32, vector: u32) -> HalfBlock {
  let a0 = activation(row, vector);
  let a1 = activation(row, vector + 1);
  let a2 = activation(row, vector + 2);
  let a3 = activation(row, vector + 3);
  let a4 = activation(row, vector + 4);
  let a5 = activation(row, vector + 5);
  let a6 = activation(row, vector + 6);
  let a7 = activation(row, vector + 7);
  let most = max(max(max(abs(a0), abs(a1)), max(abs(a2), abs(a3))), max(max(abs(a4), abs(a5)), max(abs(a6), abs(a7))));
  // The exponent alone, and the power of two that undoes it; at least 2^-126, whose inverse is a normal number.
  let exponent = max(bitcast<u32>(max(max(most.x, most.y), max(most.z, most.w))) & 0x7f800000, 0x00800000);
  let inverse = bitcast<f32>(0x7f000000 - exponent);
  return HalfBlock(
    vec4h(a0.xzyw * inverse), vec4h(a1.xzyw * inverse), vec4h(a2.xzyw * inverse), vec4h(a3.xzyw * inverse),
    vec4h(a4.xzyw * inverse), vec4h(a5.xzyw * inverse), vec4h(a6.xzyw * inverse), vec4h(a7.xzyw * inverse),
    bitcast<f32>(exponent),
  );
}

// The sum of a block in f32: each of the four is a sum of eight products.
fn wholeSum(sums: vec4h) -> f32 { return total(vec4f(sums)); }
