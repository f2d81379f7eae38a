// Ends a step of greedy decoding: the best of all slices of the vocabulary becomes the id that the next step feeds, one
// slot further on; an end id, or the last slot that may be filled, stops decoding. While it is stopped nothing changes.
// Where a slice has no id, no token follows: the id is noToken, and decoding stops. One workgroup.
// reference: tests/reference/advance.ts

struct Params { slices: u32 }

@group(0) @binding(0) var<storage, read> best: array<vec2u>;         // [slices] bits of a logit, id or noToken
@group(0) @binding(1) var<storage, read> stops: array<u32>;          // slot to stop at, number of end ids, end ids
@group(0) @binding(2) var<storage, read_write> id: array<u32>;       // [1]
@group(0) @binding(3) var<storage, read_write> cursor: array<u32>;   // [2] slot of that id; 1 when stopped
@group(1) @binding(0) var<uniform> params: Params;

const noToken = 0xffffffffu;

var<workgroup> bestValue: array<f32, 64>;
var<workgroup> bestIndex: array<u32, 64>;
var<workgroup> anyWrong: atomic<u32>;

fn isBetter(value: f32, index: u32, than: f32, thanIndex: u32) -> bool {
  return value > than || (value == than && index < thanIndex);
}

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) local: u32) {
  var value = bitcast<f32>(best[0].x);
  var index = best[0].y;
  var wrong = false;
  for (var i = local; i < params.slices; i += 64) {
    let candidate = bitcast<f32>(best[i].x);
    wrong = wrong || best[i].y == noToken;
    if (isBetter(candidate, best[i].y, value, index)) {
      value = candidate;
      index = best[i].y;
    }
  }
  bestValue[local] = value;
  bestIndex[local] = index;
  if (wrong) { atomicStore(&anyWrong, 1u); }
  workgroupBarrier();
  for (var half = 32u; half > 0; half /= 2) {
    if (local < half && isBetter(bestValue[local + half], bestIndex[local + half], bestValue[local], bestIndex[local])) {
      bestValue[local] = bestValue[local + half];
      bestIndex[local] = bestIndex[local + half];
    }
    workgroupBarrier();
  }
  if (local > 0 || cursor[1] != 0) { return; }
  let failed = atomicLoad(&anyWrong) != 0;
  let winner = select(bestIndex[0], noToken, failed);
  let slot = cursor[0] + 1;
  var stopped = failed || slot >= stops[0];
  for (var i = 0u; i < stops[1]; i++) { stopped = stopped || stops[2 + i] == winner; }
  id[0] = winner;
  cursor[0] = slot;
  cursor[1] = u32(stopped);
}
