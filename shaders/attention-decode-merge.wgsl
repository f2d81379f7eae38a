// Joins what chunks of keys made of one row's attention: y = sum of exp(m - max) sums / sum of exp(m - max) total.
// A workgroup makes a head: each vec4 column by several invocations that take turns with the chunks, four at once.
// Grid: heads x rows. Nothing is written of a row whose cursor is stopped.
// constants: H, K, D, N, W, SPREAD, BRANCHED
// joined with: shared/key-chunks.wgsl, shared/row-place.wgsl, shared/decode-slots.wgsl, shared/kv-store-*.wgsl
// reference: tests/reference/attention.ts

const d4 = u32(D) / 4;
const row = d4 + 1;
const turns = u32(W) / d4;  // invocations of a column
const nothing = -3.0e38;

var<workgroup> sums: array<vec4f, W>;
var<workgroup> marks: array<vec2f, W>;  // highest, total

@compute @workgroup_size(W)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let place = rowPlace(group.y);
  if (place.stopped) { return; }
  let keys = place.position + 1;
  let head = group.y * H + group.x;  // of all rows
  let length = chunkLength(keys);
  let count = (keys + length - 1) / length;
  let first = PARTIALS + head * N * row;
  let column = local % d4;
  let own = select(local / d4, count, local / d4 >= turns);
  var mark = vec2f(nothing, 0);
  var sum = vec4f();
  for (var chunk = own; chunk < count; chunk += 4 * turns) {
    var marksHeld: array<vec2f, 4>;
    var held: array<vec4f, 4>;
    for (var n = 0u; n < 4; n++) {
      let at = first + min(chunk + n * turns, count - 1) * row;
      marksHeld[n] = work[at + d4].xy;
      held[n] = work[at + column];
    }
    for (var n = 0u; n < 4; n++) {
      if (chunk + n * turns >= count) { break; }
      let highest = max(mark.x, marksHeld[n].x);
      let shrink = exp(mark.x - highest);
      let weight = exp(marksHeld[n].x - highest);
      mark = vec2f(highest, mark.y * shrink + marksHeld[n].y * weight);
      sum = sum * shrink + held[n] * weight;
    }
  }
  sums[local] = sum;
  marks[local] = mark;
  workgroupBarrier();
  if (local >= d4) { return; }
  let together = min(turns, count);
  var highest = nothing;
  for (var i = 0u; i < together; i++) { highest = max(highest, marks[i * d4].x); }
  var all = vec4f();
  var total = 0.0;
  for (var i = 0u; i < together; i++) {
    let weight = exp(marks[i * d4].x - highest);
    all += sums[i * d4 + column] * weight;
    total += marks[i * d4].y * weight;
  }
  work[ATTENDED + head * d4 + column] = all / total;
}
