// What the invocations of a row tell each other, through workgroup memory: for every device.
// joined with: shared/attention-products.wgsl

const zigzag = true;

fn publish(own: Rows, at: Place) {
  probabilities[at.x][at.y] = own.a;
  if (quads > 1) { probabilities[at.x][(quads - 1) * down + at.y] = own.b; }
}

// The largest of a row.
fn rowHighest(own: Rows, at: Place) -> Rows {
  publish(own, at);
  workgroupBarrier();
  var all = own;
  for (var x = 0u; x < across; x++) {
    all.a = max(all.a, probabilities[x][at.y]);
    if (quads > 1) { all.b = max(all.b, probabilities[x][(quads - 1) * down + at.y]); }
  }
  workgroupBarrier();
  return all;
}

// The sum of a row.
fn rowTotal(own: Rows, at: Place) -> Rows {
  workgroupBarrier();
  publish(own, at);
  workgroupBarrier();
  var all = Rows();
  for (var x = 0u; x < across; x++) {
    all.a += probabilities[x][at.y];
    if (quads > 1) { all.b += probabilities[x][(quads - 1) * down + at.y]; }
  }
  return all;
}
