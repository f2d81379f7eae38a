// Linear layers of many rows on GPUs, with tiles of f32 in workgroup memory.
// constants: BIAS, GELU, ACCUMULATE, GATED    joined with: shared/matmul-tile-body.wgsl    reference: tests/reference/matmul.ts

alias tile4 = vec4f;
const TILE = 64u; // fills the 16 KiB of workgroup memory that every device has

// Steps are summed on their own: 4304 products added one after the other would lose a digit more.
fn end(sum: vec4f, part: tile4, scale: f32) -> vec4f { return sum + part; }
fn meet(loaded: Loaded, turn: u32) {}
fn stepScale(turn: u32) -> f32 { return 1.0; }
fn forget(turn: u32, local: u32) {}
