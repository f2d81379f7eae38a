// Attention of one new row to chunks of the cache, on every GPU: L lanes share a key, so that its vectors are read side by
// side, and add their shares in workgroup memory; each lane works on four keys at once and holds its columns of the queries.
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
  for (var base = 0u; base < count; base += 4 * abreast) {
    let key = base + local / L;
    let last = count - 1;
    let k0 = first + min(key, last);
    let k1 = first + min(key + abreast, last);
    let k2 = first + min(key + 2 * abreast, last);
    let k3 = first + min(key + 3 * abreast, last);
    var dots = array<vec4f, R>();
    for (var i = 0u; i < each; i++) {
      let d = min(local % L + i * L, d4 - 1);
      let a0 = keyVector(k0, heads.kv, d);
      let a1 = keyVector(k1, heads.kv, d);
      let a2 = keyVector(k2, heads.kv, d);
      let a3 = keyVector(k3, heads.kv, d);
      for (var r = 0u; r < R; r++) {
        let query = queries[r * each + i];
        dots[r] += vec4f(dot(query, a0), dot(query, a1), dot(query, a2), dot(query, a3));
      }
    }
    for (var r = 0u; r < R; r++) { shared4[r * W + local] = dots[r]; }
    workgroupBarrier();
    for (var i = local; i < R * abreast; i += W) {
      let r = i / abreast;
      let row = i % abreast;
      var sum = vec4f();
      for (var lane = 0u; lane < L; lane++) { sum += shared4[r * W + row * L + lane]; }
      for (var n = 0u; n < 4; n++) {
        let own = base + row + n * abreast;
        if (own < count) { scores[own * R + r] = sum[n] * params.scale * kvScale(first + own, heads.kv).x; }
      }
    }
    workgroupBarrier();
  }
}
