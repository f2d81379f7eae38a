// Bytes of patches -> normalised values. The table holds (byte / 255 - mean) / std for each channel and byte, made on
// the host, so that the values are those of the reference to the last bit. Channels are the fastest axis of a patch.
// reference: tests/reference/normalize-patches.ts

struct Params { words: u32 }

@group(0) @binding(0) var<storage, read> bytes: array<u32>;      // [values / 4], four bytes to a word
@group(0) @binding(1) var<storage, read> table: array<f32>;      // [3, 256]
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;  // [values / 4]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64 + local;
  if (i >= params.words) { return; }
  let word = bytes[i];
  let channel = i % 3;  // of the first byte: 4 i mod 3 = i mod 3, because every patch has a multiple of 12 values
  let value = vec4u(word, word >> 8, word >> 16, word >> 24) & vec4u(255);
  let channels = (vec4u(channel) + vec4u(0, 1, 2, 3)) % 3;
  let at = channels * 256 + value;
  y[i] = vec4f(table[at.x], table[at.y], table[at.z], table[at.w]);
}
