// The heads of the new row on their way into decode attention, where no other dispatch makes them: the queries of a
// workgroup are normed and rotated, and so is the new key where the workgroup attends to it. Key and value are kept as
// readers of the cache will see them, as they cannot be read in the dispatch that stores them; one of the workgroups that
// share a key head stores. The arithmetic is that of rotate-heads, which does the same for rows of a prompt.
// NORM 0: none, 1: each head by its own mean square, 2: all query heads of the row by theirs, all key heads by theirs.
// constants: H, K, D, R, W, NORM, EPS
// joined with: shared/cache-head.wgsl, shared/kv-store-*.wgsl, shared/row-place.wgsl, shared/decode-slots.wgsl,
// shared/decode-chunk.wgsl

const pairs = u32(D) / 2;
const newKey = u32(R) * d4;  // where `pool` has it; the value follows

const turns = (newKey + W - 1) / W;  // columns of queries that an invocation makes

// Rotates four values: the partners are those half a head away, of the second half where `sines` are negative.
struct Turn {
  cosines: vec4f,
  sines: vec4f,
}

var<workgroup> squares: array<f32, max((R + 1) * u32(D) / 4, 2 * W)>;  // of columns; with NORM 2 of rows, by invocation
var<workgroup> newScale: vec2f;

// Puts R rotated queries into `pool`, and the new key and value behind them where `withKey` is true.
fn makeHeads(row: u32, place: RowPlace, firstHead: u32, kv: u32, withKey: bool, local: u32) {
  let position = place.position;
  let base = row * ((H + 2 * K) * d4);  // of the row in `work`
  let column = min(local, d4 - 1);  // of the new key
  if (NORM == 2) {
    var own = vec2f();
    for (var i = local; i < H * d4; i += W) { own.x += dot(work[base + i], work[base + i]); }
    if (withKey) {
      for (var i = H * d4 + local; i < (H + K) * d4; i += W) { own.y += dot(work[base + i], work[base + i]); }
    }
    squares[local] = own.x;
    squares[W + local] = own.y;
  }
  var queryTurns: array<Turn, turns>;
  for (var n = 0u; n < turns; n++) {
    let i = local + n * W;
    if (i >= newKey) { break; }
    queryTurns[n] = turnOf(i % d4, position);
    let head = firstHead + i / d4;
    prepare(i, work[base + head * d4 + i % d4], qWeight[select(i % d4, head * d4 + i % d4, NORM == 2)]);
  }
  var keyTurn: Turn;
  var value: vec4f;
  if (withKey && local < d4) {
    keyTurn = turnOf(column, position);
    value = work[base + (H + K + kv) * d4 + column];
    let weight = kWeight[select(column, kv * d4 + column, NORM == 2)];
    prepare(newKey + column, work[base + (H + kv) * d4 + column], weight);
  }
  workgroupBarrier();
  var queries: array<vec4f, turns>;
  for (var n = 0u; n < turns; n++) {
    let i = min(local + n * W, newKey - 1);
    queries[n] = rotated(i, queryTurns[n]) * normScale(i / d4);
  }
  var key: vec4f;
  if (withKey && local < d4) { key = rotated(newKey + column, keyTurn) * normScale(u32(R)); }
  workgroupBarrier();
  for (var n = 0u; n < turns; n++) {
    if (local + n * W < newKey) { pool[local + n * W] = queries[n]; }
  }
  if (withKey) {
    let used = local < d4;
    let stores = used && firstHead % (H / K) == 0;
    let kept = storeHeads(CacheHead(slotOf(place, position), kv, column, used, stores), key, value, local);
    if (used) {
      pool[newKey + column] = kept.key;
      pool[newKey + d4 + column] = kept.value;
    }
    if (local == 0) { newScale = kept.scale; }
  }
  workgroupBarrier();
}

fn prepare(i: u32, value: vec4f, weight: vec4f) {
  if (NORM == 1) { squares[i] = dot(value, value); }
  pool[i] = value;
  if (NORM != 0) { pool[i] = value * weight; }
}

// What the norm multiplies a query of this workgroup by, or the new key, which is head R.
fn normScale(head: u32) -> f32 {
  if (NORM == 0) { return 1.0; }
  let isKey = head == R;
  let count = select(d4, u32(W), NORM == 2);
  let first = select(head * d4, select(0u, u32(W), isKey), NORM == 2);
  var sum = 0.0;
  for (var i = first; i < first + count; i++) { sum += squares[i]; }
  let values = select(u32(D), select(u32(H), u32(K), isKey) * D, NORM == 2);
  return inverseSqrt(sum / f32(values) + EPS);
}

fn turnOf(column: u32, position: u32) -> Turn {
  var turn: Turn;
  for (var n = 0u; n < 4; n++) {
    let i = 4 * column + n;
    let isFirst = i < pairs;
    let angle = table[position * pairs + select(i - pairs, i, isFirst)];
    turn.cosines[n] = angle.x;
    turn.sines[n] = select(angle.y, -angle.y, isFirst);
  }
  return turn;
}

fn rotated(i: u32, turn: Turn) -> vec4f {
  let own = 4 * (i % d4);
  let head = 4 * i - own;
  var partners: vec4f;
  for (var n = 0u; n < 4; n++) {
    let partner = head + select(own + n - pairs, own + n + pairs, own + n < pairs);
    partners[n] = pool[partner / 4][partner % 4];
  }
  return pool[i] * turn.cosines + partners * turn.sines;
}
