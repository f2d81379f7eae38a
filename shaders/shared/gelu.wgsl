// GELU in its tanh form. tanh overflows for large inputs in some drivers and is 1 to the last bit beyond 10.
fn gelu(x: vec4f) -> vec4f {
  let inner = 0.7978845608028654 * (x + 0.044715 * x * x * x);  // sqrt(2 / pi)
  return 0.5 * x * (1.0 + tanh(clamp(inner, vec4f(-10.0), vec4f(10.0))));
}
