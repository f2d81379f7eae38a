// Cuts the text of an answer into what is read and what is drawn, also while it is still growing. Pure.

export type AnswerPart =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'marks';
      readonly tag: 'points' | 'tracks';
      readonly label: string;
      /** Different objects that are named so far. */
      readonly objects: number;
      /** Whether the tag is closed. */
      readonly complete: boolean;
    };

/** A closed tag, one that closes itself, or one that the text ends in. */
const tagPattern = /<(points?|tracks)\b([^>]*?)(?:$|\/>|>([^<]*)(?:<\/\1>|(?:<\/?[a-z]*)?$))/g;
const partialTag = /<\/?(?:p(?:o(?:i(?:n(?:ts?)?)?)?)?|t(?:r(?:a(?:c(?:ks?)?)?)?)?)?$/;
const place = /(\d+) \d{3,4} \d{3,4}/g;

function objectsIn(attributes: string): number {
  const ids = Array.from(attributes.matchAll(place), (m) => m[1]);
  // The older form <point x=".." y=".."> has no ids.
  return ids.length > 0 ? new Set(ids).size : (attributes.match(/\bx\d*="/g) ?? []).length;
}

function marksPart(match: RegExpExecArray): AnswerPart {
  const [all, tag = '', attributes = '', label] = match;
  const alt = /\balt="([^"]*)"/.exec(attributes)?.[1];
  return {
    type: 'marks',
    tag: tag === 'tracks' ? 'tracks' : 'points',
    label: (label ?? '').trim() || (alt ?? ''),
    objects: objectsIn(attributes),
    complete: all.endsWith('/>') || all.endsWith(`</${tag}>`),
  };
}

/** The parts in reading order. A tag that has only begun at the end of the text is held back. */
export function answerParts(text: string): readonly AnswerPart[] {
  const parts: AnswerPart[] = [];
  let from = 0;
  for (const match of text.matchAll(tagPattern)) {
    if (match.index > from) parts.push({ type: 'text', text: text.slice(from, match.index) });
    parts.push(marksPart(match));
    from = match.index + match[0].length;
  }
  const rest = text.slice(from).replace(partialTag, '');
  if (rest !== '') parts.push({ type: 'text', text: rest });
  return parts;
}
