// Multiply-adds on registers alone: eight independent chains of four lanes, four steps in each round.
// `Lanes` is vec4<f32> or vec4<f16>. With the factors 0.5 and 1 every chain runs towards 2.

struct Params { rounds: u32 }

@group(0) @binding(0) var<storage, read> factors: array<f32>;       // [2]
@group(0) @binding(1) var<storage, read_write> y: array<f32>;       // [invocations]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let m = Lanes(vec4f(factors[0]));
  let n = Lanes(vec4f(factors[1]));
  let start = Lanes(vec4f(f32(local) / 256) + vec4f(0, 0.25, 0.5, 0.75));
  var a = start;
  var b = start + n;
  var c = b + n;
  var d = c + n;
  var e = d + n;
  var f = e + n;
  var g = f + n;
  var h = g + n;
  for (var round = 0u; round < params.rounds; round += 1) {
    a = fma(a, m, n); b = fma(b, m, n); c = fma(c, m, n); d = fma(d, m, n);
    e = fma(e, m, n); f = fma(f, m, n); g = fma(g, m, n); h = fma(h, m, n);
    a = fma(a, m, n); b = fma(b, m, n); c = fma(c, m, n); d = fma(d, m, n);
    e = fma(e, m, n); f = fma(f, m, n); g = fma(g, m, n); h = fma(h, m, n);
    a = fma(a, m, n); b = fma(b, m, n); c = fma(c, m, n); d = fma(d, m, n);
    e = fma(e, m, n); f = fma(f, m, n); g = fma(g, m, n); h = fma(h, m, n);
    a = fma(a, m, n); b = fma(b, m, n); c = fma(c, m, n); d = fma(d, m, n);
    e = fma(e, m, n); f = fma(f, m, n); g = fma(g, m, n); h = fma(h, m, n);
  }
  let sum = vec4f(((a + b) + (c + d)) + ((e + f) + (g + h)));
  y[group.x * 256 + local] = sum.x + sum.y + sum.z + sum.w;
}
