// Where a row of decoding stands, and which slots hold the keys that it sees. Key i of a conversation lies in slot i. With
// BRANCHED several rows are worked on at once, each behind a prefix that all may share: keys before `prefix` lie in their own
// slots, and those behind it follow each other from the slot `start` on.
// constants: BRANCHED    joined with: a kernel that declares `cursor`: [2] position, stopped; with BRANCHED [rows, 4] position,
// stopped, prefix, start

struct RowPlace {
  position: u32,
  stopped: bool,
  prefix: u32,
  start: u32,
}

fn rowPlace(row: u32) -> RowPlace {
  if (!BRANCHED) { return RowPlace(cursor[0], cursor[1] != 0, 0, 0); }
  let at = 4 * row;
  return RowPlace(cursor[at], cursor[at + 1] != 0, cursor[at + 2], cursor[at + 3]);
}

fn slotOf(place: RowPlace, key: u32) -> u32 {
  if (!BRANCHED) { return key; }
  return select(key, key - place.prefix + place.start, key >= place.prefix);
}
