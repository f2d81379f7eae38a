// Linear layers of many rows on GPUs, with tiles of f32 in workgroup memory.
// constants: BIAS, GELU, ACCUMULATE, GATED    joined with: shared/matmul-tile-body.wgsl    reference: tests/reference/matmul.ts

alias tile4 = vec4f;
const TILE = 64u; // fills the 16 KiB of workgroup memory that every device has

fn begin(sum: vec4f) -> tile4 { return sum; }
fn end(sum: vec4f, part: tile4, scale: f32) -> vec4f { return part; }
fn meet(loaded: Loaded, turn: u32) {}
fn stepScale(turn: u32) -> f32 { return 1.0; }
fn forget(turn: u32, local: u32) {}
