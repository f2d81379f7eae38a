// The 256 best of everything that a workgroup of 256 is shown, in order: the larger value first, of equal values the lower
// id. All functions are for the whole workgroup, and begin and end with all of its memory in order.

const lowest = -3.4028234e38;
const noId = 0xffffffffu;

var<workgroup> bestValue: array<f32, 256>;  // best first
var<workgroup> bestId: array<u32, 256>;
var<workgroup> newValue: array<f32, 256>;
var<workgroup> newId: array<u32, 256>;

fn isBetter(value: f32, id: u32, than: f32, thanId: u32) -> bool {
  return value > than || (value == than && id < thanId);
}

/** A NaN is worse than every number. */
fn ordered(value: f32) -> f32 {
  return select(value, lowest, (bitcast<u32>(value) & 0x7fffffffu) > 0x7f800000u);
}

fn isFinite(value: f32) -> bool {
  return (bitcast<u32>(value) & 0x7f800000u) != 0x7f800000u;
}

fn startBest(local: u32) {
  bestValue[local] = lowest;
  bestId[local] = noId;
  workgroupBarrier();
}

/** Puts the new values in order, by a bitonic sort. */
fn sortNew(local: u32) {
  for (var run = 2u; run <= 256; run *= 2) {
    for (var step = run / 2; step > 0; step /= 2) {
      let other = local ^ step;
      if (other > local) {
        let swap = isBetter(newValue[other], newId[other], newValue[local], newId[local]);
        if (swap == ((local & run) == 0)) {
          let value = newValue[local];
          let id = newId[local];
          newValue[local] = newValue[other];
          newId[local] = newId[other];
          newValue[other] = value;
          newId[other] = id;
        }
      }
      workgroupBarrier();
    }
  }
}

/**
 * Keeps the best of the best so far and of the new values, both in order. The better of the n-th best and the n-th last
 * of the new ones are the 256 best of both, and a bitonic sequence, which a merge puts in order.
 */
fn mergeNew(local: u32) {
  let last = 255 - local;
  if (isBetter(newValue[last], newId[last], bestValue[local], bestId[local])) {
    bestValue[local] = newValue[last];
    bestId[local] = newId[last];
  }
  workgroupBarrier();
  for (var step = 128u; step > 0; step /= 2) {
    let other = local ^ step;
    if (other > local && isBetter(bestValue[other], bestId[other], bestValue[local], bestId[local])) {
      let value = bestValue[local];
      let id = bestId[local];
      bestValue[local] = bestValue[other];
      bestId[local] = bestId[other];
      bestValue[other] = value;
      bestId[other] = id;
    }
    workgroupBarrier();
  }
}

/** The sum of a value of each invocation; overwrites the new values. */
fn sumOfAll(local: u32, value: f32) -> f32 {
  workgroupBarrier();
  newValue[local] = value;
  workgroupBarrier();
  for (var half = 128u; half > 0; half /= 2) {
    if (local < half) { newValue[local] += newValue[local + half]; }
    workgroupBarrier();
  }
  return newValue[0];
}

/** exp((logit - highest) / temperature), without infinities on the way. */
fn weightOf(logit: f32, highest: f32, temperature: f32) -> f32 {
  return exp(max((logit - highest) / temperature, -100.0));
}
