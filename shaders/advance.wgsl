// Ends a step of greedy decoding: the best of all slices of the vocabulary becomes the id that the next step feeds, one
// slot further on; an end id, or the last slot that may be filled, stops decoding. While it is stopped nothing changes.
// Where a slice has no id, no token follows: the id is noToken, and decoding stops. One workgroup per row.
// reference: tests/reference/advance.ts

struct Params {
  slices: u32,
  stopsWords: u32,   // of a row
  cursorWords: u32,  // of a row
}

@group(0) @binding(0) var<storage, read> best: array<vec2u>;         // [rows, slices] bits of a logit, id or noToken
@group(0) @binding(1) var<storage, read> stops: array<u32>;          // [rows, stopsWords] slot to stop at, number of end ids, end ids
@group(0) @binding(2) var<storage, read_write> id: array<u32>;       // [rows]
@group(0) @binding(3) var<storage, read_write> cursor: array<u32>;   // [rows, cursorWords] slot of that id; 1 when stopped; and more that stays
@group(1) @binding(0) var<uniform> params: Params;

const noToken = 0xffffffffu;

var<workgroup> bestValue: array<f32, 64>;
var<workgroup> bestIndex: array<u32, 64>;
var<workgroup> anyWrong: atomic<u32>;

fn isBetter(value: f32, index: u32, than: f32, thanIndex: u32) -> bool {
  return value > than || (value == than && index < thanIndex);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = group.x;
  let first = row * params.slices;
  let stop = row * params.stopsWords;
  let at = row * params.cursorWords;
  var value = bitcast<f32>(best[first].x);
  var index = best[first].y;
  var wrong = false;
  for (var i = local; i < params.slices; i += 64) {
    let candidate = bitcast<f32>(best[first + i].x);
    let id = best[first + i].y;
    wrong = wrong || id == noToken;
    if (isBetter(candidate, id, value, index)) {
      value = candidate;
      index = id;
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
  if (local > 0 || cursor[at + 1] != 0) { return; }
  let failed = atomicLoad(&anyWrong) != 0;
  let winner = select(bestIndex[0], noToken, failed);
  let slot = cursor[at] + 1;
  var stopped = failed || slot >= stops[stop];
  for (var i = 0u; i < stops[stop + 1]; i++) { stopped = stopped || stops[stop + 2 + i] == winner; }
  id[row] = winner;
  cursor[at] = slot;
  cursor[at + 1] = u32(stopped);
}
