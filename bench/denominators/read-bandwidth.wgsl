// Sums a large buffer: 64 loads of 16 bytes by each invocation, eight of them in flight at once.
// Neighbouring invocations read neighbouring values; the sums wrap around and are therefore exact.

struct Params { stride: u32 }  // invocations

@group(0) @binding(0) var<storage, read> words: array<vec4u>;       // [64 * stride]
@group(0) @binding(1) var<storage, read_write> sums: array<u32>;    // [stride]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = group.x * 256 + local;
  let stride = params.stride;
  var sum = vec4u();
  for (var at = i; at < 64 * stride; at += 8 * stride) {
    let a = words[at] + words[at + stride];
    let b = words[at + 2 * stride] + words[at + 3 * stride];
    let c = words[at + 4 * stride] + words[at + 5 * stride];
    let d = words[at + 6 * stride] + words[at + 7 * stride];
    sum += a + b + c + d;
  }
  sums[i] = sum.x + sum.y + sum.z + sum.w;
}
