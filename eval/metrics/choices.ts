// Which of several choices an answer names.

const firstLetter = 'A'.codePointAt(0) ?? 0;

function choiceOfLetter(letter: string | undefined, count: number): number | null {
  const index = (letter?.toUpperCase().codePointAt(0) ?? 0) - firstLetter;
  return index >= 0 && index < count ? index : null;
}

/**
 * The choice (from 0) that an answer names, or null, which is wrong. In this order: the text of a choice; a letter at the
 * beginning that stands alone or before one of . : ) , as in "B", "(b)" and "B. red"; a letter after "answer is" or "answer:";
 * the only choice whose text is in the answer. Case does not matter. Nothing is guessed: the published evaluation takes
 * the choice with the smallest edit distance instead of null in some sets.
 */
export function chosen(text: string, choices: readonly string[]): number | null {
  const plain = (value: string) => value.trim().toLowerCase().replace(/\s+/g, ' ');
  const answer = plain(text);
  const texts = choices.map(plain);
  const same = texts.findIndex((choice) => choice !== '' && (choice === answer || `${choice}.` === answer));
  if (same >= 0) return same;
  const letter =
    /^\(?([a-z])\)?(?=$|[.:),])/.exec(answer)?.[1] ??
    /\banswer(?: is|:)\s*\(?([a-z])\)?(?=$|[\s.:),])/.exec(answer)?.[1];
  const byLetter = choiceOfLetter(letter, choices.length);
  if (byLetter !== null) return byLetter;
  const within = texts.flatMap((choice, i) => (choice !== '' && hasWords(answer, choice) ? [i] : []));
  return within.length === 1 ? (within[0] ?? null) : null;
}

/** Whether `words` are in `text` and do not begin or end inside a word there. */
function hasWords(text: string, words: string): boolean {
  const isLetter = (value: string | undefined) => value !== undefined && /[\p{L}\p{N}]/u.test(value);
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1))
    if (!isLetter(text[at - 1]) && !isLetter(text[at + words.length])) return true;
  return false;
}

/**
 * 1 where the answer names the right choice, else 0.
 * @throws RangeError where `right` is none of the choices.
 */
export function choiceScore(text: string, choices: readonly string[], right: number): number {
  if (choices[right] === undefined)
    throw new RangeError(
      `The right choice is number ${right} (from 0), but there are ${choices.length} choices.`,
    );
  return chosen(text, choices) === right ? 1 : 0;
}
