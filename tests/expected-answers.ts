// What `expect: 'points' | 'tracks' | 'count'` promises of a text, checked with a plain parser.

export type Promised = 'points' | 'tracks' | 'count';

interface Place {
  readonly key: string;
  readonly id: number;
}

const tag = /<(points|tracks) coords="([^"]+)">([^<>\n]+)<\/\1>/;
const group = /^(\S+)((?: [1-9]\d* \d{3} \d{3})+)$/;

function placesOf(coords: string): Place[] | null {
  const groups = coords.split(';').map((text) => group.exec(text));
  if (groups.includes(null)) return null;
  return groups.flatMap((match) => {
    const [, key = '', body = ''] = match ?? [];
    return Array.from(body.matchAll(/ (\d+) \d{3} \d{3}/g), ([, id]) => ({ key, id: Number(id) }));
  });
}

/** What is wrong with a whole answer; null for nothing. `keys` are the times or pictures that were shown. */
export function wrongIn(text: string, promised: Promised, keys: readonly string[]): string | null {
  if (text === 'There are none.') return null;
  if (promised === 'tracks' && text === 'No tracks available.') return null;
  if (promised === 'count' && /^(0|[1-9]\d{0,3})\.?$/.test(text)) return null;
  const [whole = '', name, coords = ''] = tag.exec(text) ?? [];
  const around = text.replace(whole, '@');
  const places = placesOf(coords);
  if (!places) return `no tag in ${text}`;
  if ((name === 'tracks') !== (promised === 'tracks')) return `the wrong tag in ${text}`;
  const sentence = /^(?:Counting the @ shows a total of (\d+)\.|There are (\d+) @\.)$/.exec(around);
  const isAlone = around === '@' && promised !== 'count';
  if (promised === 'tracks' ? !isAlone : !isAlone && !sentence) return `other words in ${text}`;
  if (sentence && Number(sentence[1] ?? sentence[2]) !== places.length) return `the wrong number in ${text}`;
  return wrongOrder(coords, places, keys) ?? (name === 'tracks' ? wrongTracks(places) : wrongIds(places));
}

function wrongOrder(coords: string, places: readonly Place[], keys: readonly string[]): string | null {
  const at = coords.split(';').map((text) => keys.indexOf(text.split(' ')[0] ?? ''));
  if (at.includes(-1)) return `a time or picture that was not shown in ${coords}`;
  return at.every((place, i) => i === 0 || place > (at[i - 1] ?? 0)) && places.length > 0
    ? null
    : `times or pictures out of order in ${coords}`;
}

function wrongIds(places: readonly Place[]): string | null {
  return places.every(({ id }, i) => id === i + 1) ? null : `ids ${places.map(({ id }) => id).join()}`;
}

function wrongTracks(places: readonly Place[]): string | null {
  let known = 0;
  for (const [i, { key, id }] of places.entries()) {
    const before = places[i - 1];
    if (before?.key === key && before.id >= id) return `id ${id} behind ${before.id} at ${key}`;
    if (id > known + 1) return `a new id ${id} behind ${known}`;
    known = Math.max(known, id);
  }
  return null;
}
