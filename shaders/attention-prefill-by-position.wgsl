// Attention of the decoder for many new rows: a query sees the keys up to its own position, and an image token sees
// every image token of the sequence besides. Keys lie in the cache at the slot that is their position.
// Grid: query tiles x heads.
// constants: H, K, D    joined with: shared/attention-tile.wgsl, shared/kv-f32.wgsl    reference: tests/reference/attention.ts

struct Params {
  queries: u32,
  keys: u32,  // slots in use
  scale: f32,
}

@group(0) @binding(0) var<storage, read> q: array<vec4f>;        // [T, H * D / 4]
@group(0) @binding(4) var<storage, read> positions: array<u32>;  // [T] of the queries
@group(0) @binding(5) var<storage, read> isImage: array<u32>;    // [S] 1 for image tokens
@group(0) @binding(6) var<storage, read_write> y: array<vec4f>;  // [T, H * D / 4]
@group(1) @binding(0) var<uniform> params: Params;

fn allowed(query: u32, key: u32) -> bool {
  let position = positions[query];
  return key <= position || (isImage[position] & isImage[key]) == 1;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  attend(Block(group.y, group.x * queryTile, params.queries, params.keys, 0, 0, params.scale), local);
}
