// Joins what chunks of keys made of one row's attention, on processors, which compile it in a fifteenth of the other's time:
// y = sum of exp(m - max) sums / sum of exp(m - max) total.
// Grid: an invocation per vec4 of a row of y x rows; nothing is written of a row whose cursor is stopped.
// constants: H, D, N, SPREAD, BRANCHED    joined with: shared/key-chunks.wgsl, shared/row-place.wgsl
// reference: tests/reference/attention.ts

@group(0) @binding(0) var<storage, read> partials: array<vec4f>;  // [rows, H, N, D / 4 + 1]: sums, then (maximum, total)
@group(0) @binding(1) var<storage, read> cursor: array<u32>;      // of shared/row-place.wgsl
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;   // [rows, H * D / 4]

const d4 = u32(D) / 4;
const row = d4 + 1;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let place = rowPlace(id.y);
  if (place.stopped || id.x >= u32(H) * d4) { return; }
  let keys = place.position + 1;
  let column = id.y * u32(H) * d4 + id.x;  // of all rows
  let length = chunkLength(keys);
  let count = (keys + length - 1) / length;
  let first = column / d4 * N * row;
  var highest = partials[first + d4].x;
  for (var chunk = 1u; chunk < count; chunk++) { highest = max(highest, partials[first + chunk * row + d4].x); }
  var sum = vec4f();
  var total = 0.0;
  for (var chunk = 0u; chunk < count; chunk++) {
    let at = first + chunk * row;
    let weight = exp(partials[at + d4].x - highest);
    total += weight * partials[at + d4].y;
    sum += weight * partials[at + id.x % d4];
  }
  y[column] = sum / total;
}
