// Attention of one new row to chunks of the cache, with subgroups of S: lanes meet by shuffles.
// constants: H, K, D, R, N, W, L, U, S, SPREAD    joined with: shared/decode-chunk.wgsl    reference: tests/reference/attention.ts

const GROUPS = u32(W) / S;

fn laneSums(dots: array<vec4f, U>, local: u32) -> array<vec4f, U> {
  var sums = dots;
  for (var u = 0u; u < U; u++) {
    for (var apart = 1u; apart < L; apart *= 2) { sums[u] += subgroupShuffleXor(sums[u], apart); }
  }
  return sums;
}

// Joins the keys of a subgroup.
fn joinGroups(own: ptr<function, Running>) {
  var highest = (*own).highest;
  for (var apart = u32(L); apart < S; apart *= 2) { highest = max(highest, subgroupShuffleXor(highest, apart)); }
  let shrink = exp((*own).highest - highest);
  (*own).highest = highest;
  var total = (*own).total * shrink;
  for (var apart = u32(L); apart < S; apart *= 2) { total += subgroupShuffleXor(total, apart); }
  (*own).total = total;
  for (var i = 0u; i < R * each; i++) {
    var sum = (*own).sums[i] * shrink[i / each];
    for (var apart = u32(L); apart < S; apart *= 2) { sum += subgroupShuffleXor(sum, apart); }
    (*own).sums[i] = sum;
  }
}
