// Attention of one new row to a chunk of keys in one pass: L lanes share a key, the R query heads that share a key head
// are worked on together, and the softmax runs in registers. U keys of each lane are on their way at once, keys and values
// before anything is computed. The kernel that is joined with this file says how lanes meet:
//   const GROUPS: groups of invocations that are left once `joinGroups` has joined what it can
//   fn laneSums(dots: array<vec4f, U>, local: u32) -> array<vec4f, U>: sums over the L lanes of a key, for all of them
//   fn joinGroups(own: ptr<function, Running>)
// Components of a vector that belongs to a key are query heads.
// Grid: groups of R query heads x N chunks x rows; surplus chunks do nothing, and nor does a row whose cursor is stopped.
// constants: H, K, D, R, N, W, L, U, SPREAD, BRANCHED
// joined with: shared/kv-*.wgsl, shared/key-chunks.wgsl, shared/row-place.wgsl, shared/decode-slots.wgsl, shared/new-heads.wgsl

const d4 = u32(D) / 4;
const each = (d4 + L - 1) / L;  // vec4 columns of a lane
const abreast = u32(W) / L;     // keys side by side
const nothing = -3.0e38;
const scale = inverseSqrt(f32(D));

// What is known of some keys: the sums of a lane's columns below the running maximum of their scores.
struct Running {
  highest: vec4f,
  total: vec4f,
  sums: array<vec4f, R * each>,
}

// Heads whose sums fit 8 KiB of workgroup memory.
const together = clamp(512 / (GROUPS * d4), 1u, u32(R));

// The heads of the new row, and the sums once no key is left.
var<workgroup> pool: array<vec4f, max(GROUPS * together * d4, (R + 2) * d4)>;
var<workgroup> heldHighest: array<vec4f, GROUPS>;
var<workgroup> heldTotals: array<vec4f, GROUPS>;

@compute @workgroup_size(W)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let place = rowPlace(group.z);
  let newest = place.position;
  let keys = newest + 1;
  let length = chunkLength(keys);
  let begin = group.y * length;
  if (place.stopped || begin >= keys) { return; }
  let end = min(keys, begin + length);
  let firstHead = group.x * R;
  let kv = firstHead / (H / K);
  let withKey = end == keys;
  makeHeads(group.z, place, firstHead, kv, withKey, local);
  // The newest key comes from there: whoever stores it may be at it, and another is read in its place.
  let last = end - 1 - u32(withKey && newest > 0);
  let lane = local % L;
  var queries: array<vec4f, R * each>;
  for (var r = 0u; r < R; r++) {
    for (var i = 0u; i < each; i++) {
      let d = lane + i * L;
      queries[r * each + i] = select(vec4f(), pool[r * d4 + min(d, d4 - 1)], d < d4);
    }
  }
  var own = Running();
  own.highest = vec4f(nothing);
  for (var first = begin; first < end; first += abreast * U) {
    var held: array<vec4f, U * each>;
    var values: array<vec4f, U * each>;
    var scales: array<vec2f, U>;
    for (var u = 0u; u < U; u++) {
      let slot = slotOf(place, min(first + u * abreast + local / L, last));
      for (var i = 0u; i < each; i++) { held[u * each + i] = keyVector(slot, kv, min(lane + i * L, d4 - 1)); }
      for (var i = 0u; i < each; i++) { values[u * each + i] = valueVector(slot, kv, min(lane + i * L, d4 - 1)); }
      scales[u] = kvScale(slot, kv);
    }
    // What lies beyond the newest key counts for nothing, but must be finite.
    for (var u = 0u; u < U; u++) {
      if (!withKey || first + u * abreast + local / L < newest) { continue; }
      for (var i = 0u; i < each; i++) { held[u * each + i] = pool[newKey + min(lane + i * L, d4 - 1)]; }
      for (var i = 0u; i < each; i++) { values[u * each + i] = pool[newKey + d4 + min(lane + i * L, d4 - 1)]; }
      scales[u] = newScale;
    }
    var scores: array<vec4f, U>;
    for (var u = 0u; u < U; u++) {
      for (var r = 0u; r < R; r++) {
        var sum = 0.0;
        for (var i = 0u; i < each; i++) { sum += dot(queries[r * each + i], held[u * each + i]); }
        scores[u][r] = sum;
      }
    }
    scores = laneSums(scores, local);
    var highest = own.highest;
    for (var u = 0u; u < U; u++) {
      let isKey = first + u * abreast + local / L < end;
      scores[u] = select(vec4f(nothing), scores[u] * (scale * scales[u].x), isKey);
      highest = max(highest, scores[u]);
    }
    let shrink = exp(own.highest - highest);
    own.highest = highest;
    own.total *= shrink;
    for (var u = 0u; u < U; u++) {
      let isKey = first + u * abreast + local / L < end;
      let probability = select(vec4f(), exp(scores[u] - highest), isKey);
      own.total += probability;
      scores[u] = probability * scales[u].y;
    }
    for (var r = 0u; r < R; r++) {
      for (var i = 0u; i < each; i++) {
        var sum = own.sums[r * each + i] * shrink[r];
        for (var u = 0u; u < U; u++) { sum += scores[u][r] * values[u * each + i]; }
        own.sums[r * each + i] = sum;
      }
    }
  }
  joinGroups(&own);
  workgroupBarrier();
  const invocations = u32(W) / GROUPS;  // of a group
  let at = local / invocations;
  if (local % invocations == 0) {
    heldHighest[at] = own.highest;
    heldTotals[at] = own.total;
  }
  for (var r0 = 0u; r0 < R; r0 += together) {
    if (r0 > 0) { workgroupBarrier(); }
    if (local % invocations < L) {
      for (var r = r0; r < min(r0 + together, u32(R)); r++) {
        for (var i = 0u; i < each; i++) {
          let d = lane + i * L;
          if (d < d4) { pool[(at * together + r - r0) * d4 + d] = own.sums[r * each + i]; }
        }
      }
    }
    workgroupBarrier();
    for (var i = local; i < min(together, R - r0) * d4; i += W) {
      let r = r0 + i / d4;
      var highest = heldHighest[0][r];
      for (var other = 1u; other < GROUPS; other++) { highest = max(highest, heldHighest[other][r]); }
      var sum = vec4f();
      var total = 0.0;
      for (var other = 0u; other < GROUPS; other++) {
        let weight = exp(heldHighest[other][r] - highest);
        sum += weight * pool[other * together * d4 + i];
        total += weight * heldTotals[other][r];
      }
      let row = ((group.z * H + firstHead + r) * N + group.y) * (d4 + 1);
      work[PARTIALS + row + i % d4] = sum;
      if (i % d4 == 0) { work[PARTIALS + row + d4] = vec4f(highest, total, 0, 0); }
    }
  }
}
