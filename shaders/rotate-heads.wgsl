// Heads of new rows on their way to attention: queries are normed and rotated where they lie, keys are normed and rotated
// into the cache, values go into the cache as they are. A row of x is H query heads, K key heads and K value heads; H or
// K may be 0. Pair (a, b) = values (i, i + D/2) of a head -> (a cos - b sin, a sin + b cos); the table is made on the
// host, because WGSL bounds the error of sin() only for angles within half a turn.
// NORM 0: none, 1: each head by its own mean square, 2: all query heads of a row by theirs, all key heads by theirs.
// CURSOR: rows stand where cursors say (shared/row-place.wgsl), and nothing is done for one whose cursor is stopped; else each
// has a position and a slot.
// Grid: workgroups of a row (those of queries first) x rows.
// constants: H, K, D, NORM, CURSOR, BRANCHED, W
// joined with: shared/row-place.wgsl, shared/cache-head.wgsl, shared/kv-*.wgsl, shared/kv-store-*.wgsl
// reference: tests/reference/rotate-heads.ts

struct Params { eps: f32 }

@group(0) @binding(0) var<storage, read_write> x: array<vec4f>;   // [T, (H + 2 K) * D / 4]
@group(0) @binding(1) var<storage, read> table: array<vec2f>;     // [positions, D / 2] of (cos, sin)
@group(0) @binding(2) var<storage, read> cursor: array<u32>;      // [T, 2] position, slot; or cursors
@group(0) @binding(3) var<storage, read> qWeight: array<vec4f>;   // [D / 4], or [H * D / 4] with NORM 2
@group(0) @binding(4) var<storage, read> kWeight: array<vec4f>;   // [D / 4], or [K * D / 4] with NORM 2
// bindings 5 to 7: k, v, kvScales
@group(1) @binding(0) var<uniform> params: Params;

const d4 = u32(D) / 4;
const pairs = u32(D) / 2;
const abreast = u32(W) / d4;  // heads that are worked on at once
const queryGroups = select((u32(H) + abreast - 1) / abreast, min(u32(H), 1u), NORM == 2);

var<workgroup> held: array<f32, 4 * W>;
var<workgroup> squares: array<f32, W>;

@compute @workgroup_size(W)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  var position = 0u;
  var slot = 0u;
  if (CURSOR) {
    let place = rowPlace(group.y);
    if (place.stopped) { return; }
    position = place.position;
    slot = slotOf(place, position);
  } else {
    position = cursor[2 * group.y];
    slot = cursor[2 * group.y + 1];
  }
  let row = group.y * (H + 2 * K) * d4;
  let isKey = group.x >= queryGroups;
  let heads = select(u32(H), u32(K), isKey);
  let start = row + select(0u, H * d4, isKey);
  var head = select((group.x - select(0u, queryGroups, isKey)) * abreast, 0u, NORM == 2);
  let last = select(min(heads, head + abreast), heads, NORM == 2);
  var scale = 1.0;
  if (NORM == 2) {
    var sum = 0.0;
    for (var i = local; i < heads * d4; i += W) { sum += dot(x[start + i], x[start + i]); }
    squares[local] = sum;
    workgroupBarrier();
    sum = 0;
    for (var i = 0u; i < W; i++) { sum += squares[i]; }
    scale = inverseSqrt(sum / f32(heads * D) + params.eps);
  }
  let column = local % d4;
  for (; head < last; head += abreast) {
    let own = head + local / d4;
    let used = local < abreast * d4 && own < last;
    let at = start + own * d4 + column;
    var value = vec4f();
    if (used) { value = x[at]; }
    if (NORM == 1) { squares[local] = dot(value, value); }
    if (NORM != 0 && used) {
      let w = select(column, own * d4 + column, NORM == 2);
      if (isKey) { value *= kWeight[w]; } else { value *= qWeight[w]; }
    }
    for (var n = 0u; n < 4; n++) { held[4 * local + n] = value[n]; }
    workgroupBarrier();
    if (NORM == 1 && used) {
      var sum = 0.0;
      for (var i = 0u; i < d4; i++) { sum += squares[local - column + i]; }
      scale = inverseSqrt(sum / D + params.eps);
    }
    let rotated = rotate(value, local, column, position) * scale;
    if (isKey) {
      var fresh = vec4f();
      if (used) { fresh = x[at + K * d4]; }
      storeHeads(CacheHead(slot, own, column, used, used), rotated, fresh, local);
    } else if (used) {
      x[at] = rotated;
    }
    if (NORM == 2) { workgroupBarrier(); }
  }
}

fn rotate(value: vec4f, local: u32, column: u32, position: u32) -> vec4f {
  let base = 4 * (local - column);
  var rotated = vec4f();
  for (var n = 0u; n < 4; n++) {
    let i = 4 * column + n;
    let isFirst = i < pairs;
    let pair = select(i - pairs, i, isFirst);
    let turn = table[position * pairs + pair];
    let other = held[min(base + select(i - pairs, i + pairs, isFirst), 4 * W - 1)];
    rotated[n] = value[n] * turn.x + select(other, -other, isFirst) * turn.y;
  }
  return rotated;
}
