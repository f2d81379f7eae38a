// x[t] = the embedding of ids[t], plus the image feature that belongs there (added, not substituted).
// Ids from V on live in the table of additional tokens.
// constants: FEATURES    reference: tests/reference/embedding.ts

struct Params {
  rows: u32,
  c4: u32,     // C / 4
  vocab: u32,  // V
}

@group(0) @binding(0) var<storage, read> ids: array<u32>;              // [T]
@group(0) @binding(1) var<storage, read> featureIndex: array<u32>;     // [T] row of features + 1, 0 = none
@group(0) @binding(2) var<storage, read> wteEmbedding: array<vec4f>;   // [V, C/4]
@group(0) @binding(3) var<storage, read> newEmbedding: array<vec4f>;   // [extra, C/4]
@group(0) @binding(4) var<storage, read> features: array<vec4f>;       // [image tokens, C/4]
@group(0) @binding(5) var<storage, read_write> x: array<vec4f>;        // [T, C/4]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64 + local;
  if (i >= params.rows * params.c4) { return; }
  let t = i / params.c4;
  let c = i % params.c4;
  let id = ids[t];
  var value: vec4f;
  if (id < params.vocab) {
    value = wteEmbedding[id * params.c4 + c];
  } else {
    value = newEmbedding[(id - params.vocab) * params.c4 + c];
  }
  if (FEATURES) {
    let feature = featureIndex[t];
    if (feature > 0) { value += features[(feature - 1) * params.c4 + c]; }
  }
  x[i] = value;
}
