// Attention of one new row to chunks of the cache, on a processor: an invocation scores whole keys, because a barrier costs
// more there than reading a key row by row.
// constants: H, K, D, R, N, W    joined with: shared/decode-chunk.wgsl    reference: tests/reference/attention.ts

fn holdQueries(heads: Heads, local: u32) {}

fn scoreTile(heads: Heads, first: u32, count: u32, local: u32) {
  for (var key = local; key < count; key += W) {
    var products = array<vec4f, R>();
    for (var d = 0u; d < d4; d++) {
      let value = keyVector(first + key, heads.kv, d);
      for (var r = 0u; r < R; r++) { products[r] += q[(heads.first + r) * d4 + d] * value; }
    }
    let scale = params.scale * kvScale(first + key, heads.kv).x;
    for (var r = 0u; r < R; r++) {
      let sum = products[r];
      scores[key * R + r] = (sum.x + sum.y + sum.z + sum.w) * scale;
    }
  }
}
