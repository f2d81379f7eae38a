// Attention of the vision encoder: every patch of a crop sees every patch of the same crop, and no other crop.
// Grid: crops x head groups of the body x query tiles, from `firstWorkgroup` on; neighbours share keys and values.
// constants: H, K, D    joined with: a body and a reader of src/kernels/attention/attention-bodies.ts
// reference: tests/reference/attention.ts

struct Params {
  patches: u32,  // rows of one crop
  firstWorkgroup: u32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read> q: array<vec4f>;        // [F * P, H * D / 4]
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;  // [F * P, H * D / 4]
@group(1) @binding(0) var<uniform> params: Params;

fn rowEnds(row: u32) -> vec2u { return vec2u(params.patches); }

@compute @workgroup_size(lanes)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) local: u32) {
  let tiles = (params.patches + queryTile - 1) / queryTile;
  let workgroup = params.firstWorkgroup + id.x;
  let firstQuery = workgroup % tiles * queryTile;
  let head = workgroup / tiles % headGroups;
  let row = workgroup / (tiles * headGroups) * params.patches;
  attend(Block(head, firstQuery, params.patches, row, row, params.patches, params.scale), local);
}
