// Four rows of weight as they are stored, times x: a step is one vec4 of K.
// constants: K4    joined with: shared/quad-f32.wgsl or shared/quad-f16.wgsl, matvec-rows.wgsl

const STEPS = u32(K4);
const IN_ROWS = true;

fn addStep(sums: ptr<function, array<vec4f, ROWS>>, rows: vec4u, step: u32) {
  addQuad(sums, quadValues(rawQuad(rows, step, K4), step), step);
}
