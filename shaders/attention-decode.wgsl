// Attention of one new row to chunks of the cache, on every GPU: lanes meet in workgroup memory.
// constants: H, K, D, R, N, W, L, U, SPREAD    joined with: shared/decode-chunk.wgsl    reference: tests/reference/attention.ts

const GROUPS = u32(W) / L;

var<workgroup> laneDots: array<vec4f, U * W>;
var<workgroup> keyDots: array<vec4f, U * GROUPS>;

fn laneSums(dots: array<vec4f, U>, local: u32) -> array<vec4f, U> {
  var sums = dots;
  for (var u = 0u; u < U; u++) { laneDots[u * W + local] = sums[u]; }
  workgroupBarrier();
  let key = local / L;
  for (var u = local % L; u < U; u += L) {
    var sum = vec4f();
    for (var lane = 0u; lane < L; lane++) { sum += laneDots[u * W + key * L + lane]; }
    keyDots[u * GROUPS + key] = sum;
  }
  workgroupBarrier();
  for (var u = 0u; u < U; u++) { sums[u] = keyDots[u * GROUPS + key]; }
  return sums;
}

fn joinGroups(own: ptr<function, Running>) {}
