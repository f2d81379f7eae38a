// A made vocabulary: every byte, then words of syllables with and without a blank before them, as a byte-level one has.

const onsets = ['b', 'c', 'd', 'f', 'g', 'l', 'm', 'n', 'p', 'r', 's', 't', 'st', 'tr', 'pl', 'é'];
const vowels = ['a', 'e', 'i', 'o', 'u', 'ea', 'ou', 'ö'];

const utf8 = new TextEncoder();

/** What token `id` spells; the same every time. */
export function randomPiece(id: number): Uint8Array {
  if (id < 256) return Uint8Array.of(id);
  let text = id % 2 === 0 ? ' ' : '';
  // Numbers of the syllables are digits of the id, so that no two tokens are alike and many begin alike.
  for (let rest = id >> 1; rest > 0; rest = Math.floor(rest / 128))
    text += (onsets[rest % 16] ?? '') + (vowels[(rest >> 4) % 8] ?? '');
  return utf8.encode(text);
}
