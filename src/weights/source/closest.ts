// The known name that a misspelled one probably means.

/** Letters to change, leave out, put in or swap, to make `b` of `a`. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swap =
        a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (before[j - 2] ?? Infinity) + 1 : Infinity;
      next.push(Math.min(change, swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The closest of `names`, or null when none is close: capitals, and dashes for underscores, cost nothing. */
export function closest(name: string, names: readonly string[]): string | null {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[ _-]+/g, '-');
  let best: string | null = null;
  let least = Math.floor(name.length / 3) + 1; // more than a third of the letters is another word
  for (const one of names) {
    const found = distance(plain(name), plain(one));
    if (found < least) [best, least] = [one, found];
  }
  return best;
}
