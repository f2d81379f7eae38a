// JSON of files that strangers wrote: what `JSON.parse` would silently accept or choke on is refused first.

/** Told about what is wrong, in words that fit behind "the file is damaged: "; must throw. */
export type Refuse = (what: string, cause?: unknown) => never;

const deepest = 32;
const mostValues = 2_000_000;

/**
 * Parses UTF-8 JSON, with a byte order mark in front only for `bom`. Refuses other encodings, what is no JSON (NaN is none), an object that has a key twice,
 * and nesting or numbers of values that no file of ours comes near; these two before anything is built from the text.
 */
export function strictJson(bytes: Uint8Array, refuse: Refuse, bom: 'bom' | 'no-bom' = 'no-bom'): unknown {
  const text = decoded(bytes, refuse, bom);
  const { doubled, bare } = scan(text, refuse);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return refuse(bare ?? 'it is not JSON', cause);
  }
  // Told last: in a text that is no JSON the scan may have seen keys where there are none.
  if (doubled !== null) refuse(`an object has the key ${doubled} twice`);
  return value;
}

function decoded(bytes: Uint8Array, refuse: Refuse, bom: 'bom' | 'no-bom'): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: bom === 'no-bom' }).decode(bytes);
  } catch (cause) {
    return refuse('it is not JSON, not even UTF-8 text', cause);
  }
}

const quote = 0x22;
const backslash = 0x5c;
const [letterN, letterI] = [0x4e, 0x49];
const [openBrace, closeBrace, openBracket, closeBracket, colon, comma] = [0x7b, 0x7d, 0x5b, 0x5d, 0x3a, 0x2c];

interface Scan {
  /** The first key that stands twice in one object, quoted. */
  readonly doubled: string | null;
  /** The first NaN or infinity with its key, as Python writes them, in a sentence. */
  readonly bare: string | null;
}

/** Walks over the text once. */
function scan(text: string, refuse: Refuse): Scan {
  // Keys of the open objects, null for an open list.
  const open: (Set<string> | null)[] = [];
  let values = 0;
  let lastString = '';
  let lastKey = '';
  let doubled: string | null = null;
  let bare: string | null = null;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      const end = stringEnd(text, at);
      lastString = text.slice(at, end + 1);
      at = end;
    } else if (code === openBrace || code === openBracket) {
      if (open.length === deepest) refuse(`it is nested deeper than ${deepest} levels`);
      open.push(code === openBrace ? new Set() : null);
      values += 1;
    } else if (code === closeBrace || code === closeBracket) open.pop();
    else if (code === comma) values += 1;
    else if (code === colon) {
      const keys = open.at(-1);
      const key = unescaped(lastString);
      lastKey = key;
      if (keys?.has(key)) doubled ??= JSON.stringify(key.slice(0, 100));
      keys?.add(key);
    } else if (code === letterN || code === letterI) {
      const word = /^(NaN|Infinity)/.exec(text.slice(at, at + 8))?.[0];
      if (word !== undefined)
        bare ??= `"${lastKey.slice(0, 100)}" is ${text[at - 1] === '-' ? '-' : ''}${word}, which JSON cannot hold`;
    }
    if (values > mostValues) refuse(`it holds more than ${mostValues} values`);
  }
  return { doubled, bare };
}

/** Position of the quote that ends the string beginning at `start`, or the end of the text. */
function stringEnd(text: string, start: number): number {
  // A vocabulary is megabytes of short strings: the engine's own search is several times a loop of ours.
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let before = end;
    while (text.charCodeAt(before - 1) === backslash) before -= 1;
    if ((end - before) % 2 === 0) return end;
  }
  return text.length;
}

/** A key as it is meant: the same key may be spelled with and without escapes. */
function unescaped(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted; // no JSON, which the parser will say
  }
}
