// Attention of the decoder for many new rows, `queries` of them from `firstRow` on. Row t sees two runs of slots, counted from
// `firstSlot` on: [0, visible[t].x), and [secondStart, visible[t].y). Every row sees at least one slot.
// Grid: head groups of the body x query tiles, from `firstWorkgroup` on; neighbours share keys and values.
// constants: H, K, D    joined with: a body and a reader of src/kernels/attention/attention-bodies.ts
// reference: tests/reference/attention.ts

struct Params {
  queries: u32,
  firstRow: u32,
  firstSlot: u32,
  secondStart: u32,
  firstWorkgroup: u32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read> q: array<vec4f>;        // [T, H * D / 4]
@group(0) @binding(4) var<storage, read> visible: array<vec2u>;  // [T]
@group(0) @binding(5) var<storage, read_write> y: array<vec4f>;  // [T, H * D / 4]
@group(1) @binding(0) var<uniform> params: Params;

fn rowEnds(row: u32) -> vec2u { return visible[params.firstRow + row]; }

@compute @workgroup_size(lanes)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) local: u32) {
  let tiles = (params.queries + queryTile - 1) / queryTile;
  let workgroup = params.firstWorkgroup + id.x;
  let firstQuery = workgroup % tiles * queryTile;
  let head = workgroup / tiles;
  let block =
    Block(head, firstQuery, params.queries, params.firstRow, params.firstSlot, params.secondStart, params.scale);
  attend(block, local);
}
