// Attention of one new row to chunks of the cache, with subgroups: L lanes of a subgroup share a key, so that its vectors
// are read side by side, and add their shares with shuffles; each lane works on four keys at once and holds its columns
// of the queries.
// constants: H, K, D, R, N, W, L    joined with: shared/decode-chunk.wgsl    reference: tests/reference/attention.ts

const each = (d4 + L - 1) / L;  // vec4 columns per lane
const abreast = u32(W) / L;     // keys that are worked on side by side; four times as many are at once

var<private> queries: array<vec4f, R * each>;

fn holdQueries(heads: Heads, local: u32) {
  for (var r = 0u; r < R; r++) {
    for (var i = 0u; i < each; i++) {
      let d = local % L + i * L;
      queries[r * each + i] = select(vec4f(), q[(heads.first + r) * d4 + min(d, d4 - 1)], d < d4);
    }
  }
}

fn scoreTile(heads: Heads, first: u32, count: u32, local: u32) {
  let lane = local % L;
  for (var base = 0u; base < count; base += 4 * abreast) {
    let key = base + local / L;
    let last = count - 1;
    let k0 = first + min(key, last);
    let k1 = first + min(key + abreast, last);
    let k2 = first + min(key + 2 * abreast, last);
    let k3 = first + min(key + 3 * abreast, last);
    var dots = array<vec4f, R>();
    for (var i = 0u; i < each; i++) {
      let d = min(lane + i * L, d4 - 1);
      let a0 = keyVector(k0, heads.kv, d);
      let a1 = keyVector(k1, heads.kv, d);
      let a2 = keyVector(k2, heads.kv, d);
      let a3 = keyVector(k3, heads.kv, d);
      for (var r = 0u; r < R; r++) {
        let query = queries[r * each + i];
        dots[r] += vec4f(dot(query, a0), dot(query, a1), dot(query, a2), dot(query, a3));
      }
    }
    for (var r = 0u; r < R; r++) {
      var sum = dots[r];
      for (var step = 1u; step < L; step *= 2) { sum += subgroupShuffleXor(sum, step); }
      dots[r] = sum;
    }
    // Lane n stores the key n of the four.
    for (var n = lane; n < 4; n += L) {
      let own = key + n * abreast;
      if (own < count) {
        let scale = params.scale * kvScale(first + own, heads.kv).x;
        for (var r = 0u; r < R; r++) { scores[own * R + r] = dots[r][n] * scale; }
      }
    }
  }
}
