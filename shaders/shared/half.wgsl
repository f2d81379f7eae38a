// f16 by its bits, exactly as src/weights/formats/half.ts: the builtins may round either way and make small values 0.
fn halfValue(half: u32) -> f32 {
  let magnitude = half & 0x7fff;
  let value = select(bitcast<f32>((magnitude << 13) + 0x38000000), f32(magnitude) * 0x1p-24, magnitude < 0x400);
  return select(value, -value, half > 0x7fff);
}

// The nearest f16, ties to even. The value is finite; 0x7c00 and 0xfc00 mean that it is too large.
fn nearestHalf(value: f32) -> u32 {
  let bits = bitcast<u32>(value);
  let sign = (bits >> 16) & 0x8000;
  let magnitude = bits & 0x7fffffff;
  if (magnitude > 0x477fefff) { return sign | 0x7c00; }
  if (magnitude >= 0x38800000) {
    return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >> 13) & 1)) >> 13);
  }
  // Below 2^-14 the result counts steps of 2^-24.
  let shift = 126 - (magnitude >> 23);
  if (shift > 24) { return sign; }
  let mantissa = (magnitude & 0x7fffff) | 0x800000;
  return sign | ((mantissa + (1u << (shift - 1)) - 1 + ((mantissa >> shift) & 1)) >> shift);
}

// The scale of a block as it is stored: one that would round to 0 becomes the smallest f16.
fn storedScale(scale: f32) -> u32 {
  let half = nearestHalf(scale);
  return select(half, half | 1, (half & 0x7fff) == 0 && scale != 0);
}
