// Nothing but a dispatch: one workgroup of one invocation that stores a word.

struct Params { value: u32 }

@group(0) @binding(0) var<storage, read_write> y: array<u32>;       // [1]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(1)
fn main() { y[0] = params.value; }
