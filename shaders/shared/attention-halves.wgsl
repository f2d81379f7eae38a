// Tiles of halves, two to a word: half the room, half of what is read from it, and no device needs 16-bit arithmetic for
// them. Units of the cache are two vec4s of values. The builtin may read halves below 2^-14 as 0 (see shared/kv-f16.wgsl).
// joined with: shared/attention-units-<format>.wgsl, shared/attention-products.wgsl

alias tileVector = vec2u;
const unitVectors = 2u;

fn floats(value: tileVector) -> vec4f { return vec4f(unpack2x16float(value.x), unpack2x16float(value.y)); }
fn valueFloat(key: u32, column: u32, i: u32) -> f32 { return unpack2x16float(valueVectors[key][column][i / 2])[i % 2]; }
