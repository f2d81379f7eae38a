// Which patterns a tokenizer.json may cut text with. They run as regular expressions over everything a user types, and a
// pattern such as (a+)+$ takes longer than anyone waits. Whether an unknown one ends in time is hard to say, and the
// tokenizers of this family are all put together from the same few pieces; so each piece must be one that is known.

const contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const upper = '[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]';
const lower = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]';
const before = '[^\\r\\n\\p{L}\\p{N}]?';

/** On any text each of them fails or matches within one walk over a run of characters of one class. */
const knownPieces: ReadonlySet<string> = new Set([
  ...[contractions, "'(?i:[sdmt]|ll|ve|re)", "'s", "'t", "'re", "'ve", "'m", "'ll", "'d"],
  ...["(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])"],
  ...[`${before}\\p{L}+`, `${before}+\\p{L}+`, `${before}[\\p{L}\\p{M}]+`, ' ?\\p{L}+'],
  ...[`${before}${upper}*${lower}+`, `${before}${upper}+${lower}*`],
  ...[`${before}${upper}*${lower}+${contractions}?`, `${before}${upper}+${lower}*${contractions}?`],
  ...['\\p{N}', '\\p{N}+', '\\p{N}{1,3}', ' ?\\p{N}+'],
  ...[' ?[^\\s\\p{L}\\p{N}]+', ' ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*', ' ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*'],
  ...[' ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*', ' ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*'],
  ...['\\s*[\\r\\n]', '\\s*[\\r\\n]+', '\\s+(?!\\S)', '\\s+'],
]);

/** The alternatives of a pattern, cut at each | that stands in no group and no class. */
function piecesOf(pattern: string): string[] {
  const pieces = [''];
  let groups = 0;
  let inClass = false;
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? '';
    const isCut = character === '|' && groups === 0 && !inClass;
    if (isCut) pieces.push('');
    else pieces[pieces.length - 1] += character === '\\' ? pattern.slice(at, ++at + 1) : character;
    if (character === '[') inClass = true;
    else if (character === ']') inClass = false;
    else if (!inClass && character === '(') groups += 1;
    else if (!inClass && character === ')') groups -= 1;
  }
  return pieces;
}

/** The first piece of a pattern that is not known; null where all are. */
export function unknownPiece(pattern: string): string | null {
  return piecesOf(pattern).find((piece) => !knownPieces.has(piece)) ?? null;
}
