// Copies new keys and values into the cache, each row at the slot that is its position.
// reference: tests/reference/kv-write.ts

struct Params {
  rows: u32,
  width4: u32,  // KV heads * D / 4
}

@group(0) @binding(0) var<storage, read> k: array<vec4f>;                 // [T, K * D / 4]
@group(0) @binding(1) var<storage, read> v: array<vec4f>;                 // [T, K * D / 4]
@group(0) @binding(2) var<storage, read> positions: array<u32>;           // [T]
@group(0) @binding(3) var<storage, read_write> keyCache: array<vec4f>;    // [S, K * D / 4]
@group(0) @binding(4) var<storage, read_write> valueCache: array<vec4f>;  // [S, K * D / 4]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64 + local;
  if (i >= params.rows * params.width4) { return; }
  let slot = positions[i / params.width4] * params.width4 + i % params.width4;
  keyCache[slot] = k[i];
  valueCache[slot] = v[i];
}
