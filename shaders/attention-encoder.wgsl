// Attention of the vision encoder: every patch of a crop sees every patch of the same crop, and no other crop.
// Grid: query tiles x heads x crops.
// constants: H, K, D    joined with: shared/attention-tile.wgsl, shared/kv-f32.wgsl    reference: tests/reference/attention.ts

struct Params {
  patches: u32,  // rows of one crop
  scale: f32,
}

@group(0) @binding(0) var<storage, read> q: array<vec4f>;        // [F * P, H * D / 4]
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;  // [F * P, H * D / 4]
@group(1) @binding(0) var<uniform> params: Params;

fn allowed(query: u32, key: u32) -> bool { return true; }

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = group.z * params.patches;
  attend(Block(group.y, group.x * queryTile, params.patches, params.patches, row, row, params.scale), local);
}
