// x[t] = the embedding of ids[t] for the tokens whose row lies in this part of the tables; all other rows of x stay as
// they are.
// joined with: shared/weight-*.wgsl    reference: tests/reference/embedding.ts

struct Params {
  tokens: u32,  // T
  c4: u32,      // C / 4
  firstId: u32, // the id whose embedding is row 0 of weight
  rows: u32,    // of weight
}

@group(0) @binding(0) var<storage, read> ids: array<u32>;        // [T]
// binding 1: weight, binding 2: scales
@group(0) @binding(3) var<storage, read_write> x: array<vec4f>;  // [T, C/4]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64 + local;
  let c4 = params.c4;
  if (i >= params.tokens * c4) { return; }
  let t = i / c4;
  let c = i % c4;
  let row = ids[t] - params.firstId;  // of ids before this part: a large number
  if (row >= params.rows) { return; }
  let vectors = blockVectors(c4);
  x[i] = weightVector(weightBlock(row, c / vectors, c4), c % vectors);
}
