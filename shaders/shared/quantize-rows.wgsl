// Checkpoint rows -> blocks of 32 columns in tile64 (src/weights/formats/formats.ts). The kernel that is joined with this file says
// `encodeBlock(row, firstVector, index)`: it writes the codes of a block and returns its scale. One invocation makes the
// blocks of two rows that are neighbours, whose scales share a word.

struct Params {
  rows: u32,     // of source
  k4: u32,       // K / 4
  firstRow: u32, // the row of the part that source begins with; even
  ordinal: u32,  // what `problem` is raised to when a block has no finite scale
}

@group(0) @binding(1) var<storage, read_write> codes: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> scales: array<u32>;
@group(0) @binding(3) var<storage, read_write> problem: array<atomic<u32>>;  // [1]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.y * groups.x + group.x) * 64 + local;
  let blocks = (params.k4 + 7) / 8;
  let pairs = (params.rows + 1) / 2;
  if (i >= pairs * blocks) { return; }
  let row = i % pairs * 2;
  let block = i / pairs;
  let place = params.firstRow + row;
  let index = (place / 64 * blocks + block) * 64 + place % 64;
  var halves = encodeBlock(row, block * 8, index);
  if (row + 1 < params.rows) { halves |= encodeBlock(row + 1, block * 8, index + 1) << 16; }
  scales[index / 2] = halves;
}

// Raises `problem` where a scale is infinite or a value was.
fn checked(half: u32, finite: bool) -> u32 {
  if (!finite || (half & 0x7fff) == 0x7c00) { atomicMax(&problem[0], params.ordinal); }
  return half;
}
