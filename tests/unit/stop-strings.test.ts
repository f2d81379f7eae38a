import { expect, test } from 'vitest';
import { StopStrings } from '../../src/text/stop-strings.ts';
import { integer, pick, scriptedText, seeded } from './text-support.ts';

/** What is shown of a text that comes in these pieces, up to the one that stops it. */
function shown(pieces: readonly string[], stops: readonly string[]): { parts: string[]; stopped: boolean } {
  const reader = new StopStrings(stops);
  const parts: string[] = [];
  for (const piece of pieces) {
    parts.push(reader.push(piece));
    if (reader.stopped) return { parts, stopped: true };
  }
  return { parts: [...parts, reader.end()], stopped: false };
}

test.each<[string, string[], string[], string, boolean]>([
  ['one that spans pieces', ['Hel', 'lo E', 'N', 'D and'], ['END'], 'Hello ', true],
  ['one inside a piece', ['a END b'], ['END'], 'a ', true],
  ['one that is the whole text', ['EN', 'D'], ['END'], '', true],
  ['a beginning that goes on otherwise', ['a E', 'N', 'C'], ['END'], 'a ENC', false],
  ['a beginning that the text ends with', ['a E', 'N'], ['END'], 'a EN', false],
  ['a beginning that contains another', ['aab', 'aac'], ['aabaad', 'aac'], 'aab', true],
  ['a shorter one that is complete first', ['abc', 'd'], ['abcd', 'bc'], 'a', true],
  ['two that end together', ['xab'], ['b', 'ab'], 'x', true],
  ['none', ['a', 'b'], [], 'ab', false],
])('%s', (_, pieces, stops, text, stopped) => {
  const got = shown(pieces, stops);
  expect([got.parts.join(''), got.stopped]).toEqual([text, stopped]);
});

/** The same by trying every length of the text. */
function expected(text: string, stops: readonly string[]): string {
  for (let end = 1; end <= text.length; end++) {
    const starts = stops.filter((stop) => text.slice(0, end).endsWith(stop)).map((stop) => end - stop.length);
    if (starts.length > 0) return text.slice(0, Math.min(...starts));
  }
  return text;
}

test('500 random texts end at the same place however they are cut, and no piece shows a part of a stop string', () => {
  const random = seeded(5);
  let stoppedTexts = 0;
  for (let run = 0; run < 500; run++) {
    const alphabet = pick(random, ['ab', 'abc', 'xyz \n']);
    const letters = (most: number) =>
      Array.from({ length: 1 + integer(random, most) }, () => alphabet[integer(random, alphabet.length)]).join('');
    const stops = Array.from({ length: 1 + integer(random, 3) }, () => letters(5));
    const text = run % 5 === 0 ? scriptedText(random) + letters(9) : letters(30);
    const pieces: string[] = [];
    for (let at = 0; at < text.length;) {
      const length = 1 + integer(random, 6);
      pieces.push(text.slice(at, at + length));
      at += length;
    }
    const wanted = expected(text, stops);
    const { parts, stopped } = shown(pieces, stops);
    expect(parts.join('')).toBe(wanted);
    expect(stopped).toBe(wanted !== text);
    if (stopped) stoppedTexts += 1;
    // What is shown at any moment is a beginning of what is shown at last.
    let soFar = '';
    for (const part of parts) expect(wanted.startsWith((soFar += part))).toBe(true);
  }
  expect(stoppedTexts).toBeGreaterThan(100);
}); // prettier-ignore
