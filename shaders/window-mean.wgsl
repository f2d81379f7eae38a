// The query of attention pooling: the mean of a window's patches. With MASK only the patches that exist count;
// without it missing ones are zeros that count.
// constants: MASK    reference: tests/reference/window-mean.ts

struct Params {
  tokens: u32,
  c4: u32,      // row length / 4
  window: u32,  // patches of a window
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;        // [F * P, W/4]
@group(0) @binding(1) var<storage, read> windows: array<i32>;    // [tokens, window] rows of x, -1 = none
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;  // [tokens, W/4]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64 + local;
  if (i >= params.tokens * params.c4) { return; }
  let token = i / params.c4;
  let c = i % params.c4;
  var sum = vec4f();
  var count = 0u;
  for (var n = 0u; n < params.window; n++) {
    let row = windows[token * params.window + n];
    if (row >= 0) {
      sum += x[u32(row) * params.c4 + c];
      count++;
    }
  }
  if (!MASK) { count = params.window; }
  y[i] = sum / f32(max(count, 1u));
}
