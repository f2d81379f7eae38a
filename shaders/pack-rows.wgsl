// Activations as int8 codes with a scale for each 32 columns, in one plane or two. One invocation per block.
// constants: PLANES    joined with: shared/packed-codes.wgsl    reference: tests/reference/pack-rows.ts

struct Params { rows: u32, k4: u32 }

@group(0) @binding(0) var<storage, read> x: array<vec4f>;            // [rows, K/4]
@group(0) @binding(1) var<storage, read_write> codes: array<vec4u>;  // [rows, PLANES, blocks, 2]
@group(0) @binding(2) var<storage, read_write> scales: array<f32>;   // [rows, blocks]
@group(1) @binding(0) var<uniform> params: Params;

fn largestOf(a: vec4f) -> f32 { return max(max(abs(a.x), abs(a.y)), max(abs(a.z), abs(a.w))); }

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let block = (group.y * groups.x + group.x) * 64 + local;
  let blocks = (params.k4 + 7) / 8;
  if (block >= params.rows * blocks) { return; }
  let row = block / blocks;
  let first = block % blocks * 8;
  var values: array<vec4f, 8>;
  var largest = 0.0;
  for (var i = 0u; i < 8; i++) {
    let k = first + i;
    values[i] = select(vec4f(), x[row * params.k4 + min(k, params.k4 - 1)], k < params.k4);
    largest = max(largest, largestOf(values[i]));
  }
  let perUnit = codesPerUnit(largest);
  var words: array<vec2u, 8>;
  for (var i = 0u; i < 8; i++) { words[i] = packCodes(values[i], perUnit); }
  let to = (row * PLANES * blocks + block % blocks) * 2;
  codes[to] = vec4u(words[0].x, words[1].x, words[2].x, words[3].x);
  codes[to + 1] = vec4u(words[4].x, words[5].x, words[6].x, words[7].x);
  if (PLANES == 2) {
    codes[to + 2 * blocks] = vec4u(words[0].y, words[1].y, words[2].y, words[3].y);
    codes[to + 2 * blocks + 1] = vec4u(words[4].y, words[5].y, words[6].y, words[7].y);
  }
  scales[block] = codeScale(largest);
}
