// The JSON object in a judge's text: alone, in a fence of code, or between words.

/** Where the object that begins at `start` ends, quotes heeded; -1 where it does not. */
function endOfObject(text: string, start: number): number {
  let [depth, isQuoted] = [0, false];
  for (let at = start; at < text.length; at++) {
    const letter = text[at];
    if (isQuoted) {
      if (letter === '\\') at++;
      else if (letter === '"') isQuoted = false;
    } else if (letter === '"') isQuoted = true;
    else if (letter === '{') depth++;
    else if (letter === '}' && --depth === 0) return at + 1;
  }
  return -1;
}

/** The only object in `text` that is JSON; null where there is none, or more than one, between which nobody could choose. */
export function objectIn(text: string): Readonly<Record<string, unknown>> | null {
  const found: Record<string, unknown>[] = [];
  for (let at = text.indexOf('{'); at >= 0; at = text.indexOf('{', at + 1)) {
    const end = endOfObject(text, at);
    if (end < 0) continue;
    try {
      // What is between braces and parses is an object.
      found.push(JSON.parse(text.slice(at, end)) as Record<string, unknown>);
      at = end - 1;
    } catch {
      // Braces in a sentence.
    }
  }
  const [only, ...more] = found;
  return only && more.length === 0 ? only : null;
}
