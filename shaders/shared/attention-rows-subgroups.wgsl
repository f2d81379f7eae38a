// What the invocations of a row tell each other, by shuffles: they lie in one subgroup of SUBGROUP lanes, which are 8 or
// 16 at least, as many as share a row. Where two rows fit in, lanes take turns (see `placeOf`).
// constants: SUBGROUP    joined with: shared/attention-products.wgsl

const zigzag = u32(SUBGROUP) >= 2 * across;
const second = select(2u, 4u, zigzag);  // distance of the lanes at x and x ^ 2

// The largest of a row.
fn rowHighest(own: Rows, at: Place) -> Rows {
  var all = Rows(highestOf(own.a), own.b);
  if (quads > 1) { all.b = highestOf(own.b); }
  return all;
}

fn highestOf(own: vec4f) -> vec4f {
  var all = max(own, subgroupShuffleXor(own, 1));
  all = max(all, subgroupShuffleXor(all, second));
  all = max(all, subgroupShuffleXor(all, 2 * second));
  if (across > 8) { all = max(all, subgroupShuffleXor(all, 4 * second)); }
  return all;
}

// The sum of a row.
fn rowTotal(own: Rows, at: Place) -> Rows {
  var all = Rows(totalOf(own.a), own.b);
  if (quads > 1) { all.b = totalOf(own.b); }
  return all;
}

fn totalOf(own: vec4f) -> vec4f {
  var all = own + subgroupShuffleXor(own, 1);
  all += subgroupShuffleXor(all, second);
  all += subgroupShuffleXor(all, 2 * second);
  if (across > 8) { all += subgroupShuffleXor(all, 4 * second); }
  return all;
}
