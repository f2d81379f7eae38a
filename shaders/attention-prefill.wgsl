// Attention of the decoder for many new rows. Row t sees two runs of slots: [0, visible[t].x), and
// [secondStart, visible[t].y). Every row sees at least one slot.
// Grid: query tiles x heads.
// constants: H, K, D    joined with: shared/attention-tile.wgsl, shared/kv-<format>.wgsl    reference: tests/reference/attention.ts

struct Params {
  queries: u32,
  secondStart: u32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read> q: array<vec4f>;        // [T, H * D / 4]
@group(0) @binding(4) var<storage, read> visible: array<vec2u>;  // [T]
@group(0) @binding(5) var<storage, read_write> y: array<vec4f>;  // [T, H * D / 4]
@group(1) @binding(0) var<uniform> params: Params;

fn allowed(query: u32, key: u32) -> bool {
  let ends = visible[query];
  return key < ends.x || (key >= params.secondStart && key < ends.y);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let firstQuery = group.x * queryTile;
  var keys = 0u;
  for (var query = firstQuery; query < min(firstQuery + queryTile, params.queries); query++) {
    let ends = visible[query];
    keys = max(keys, select(ends.x, ends.y, ends.y > params.secondStart));
  }
  attend(Block(group.y, firstQuery, params.queries, keys, 0, 0, params.scale), local);
}
