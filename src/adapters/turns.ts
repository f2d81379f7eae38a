// Conversations as other APIs write them -> the `messages` and media of a question: roles take turns here, the user first, and
// there are no system messages.

import type { AskInput, ChatMessage, ContentPart, ImageInput, VideoInput } from '../api.ts';

/** One part of what somebody said or showed. */
export type TurnPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image'; readonly image: ImageInput }
  | { readonly type: 'video'; readonly video: VideoInput };

/** What somebody said, in any order of roles. */
export interface Turn {
  readonly role: 'system' | 'user' | 'assistant';
  readonly parts: readonly TurnPart[];
}

type Said = Turn & { readonly role: 'user' | 'assistant' };

export const textTurn = (role: Turn['role'], text: string): Turn => ({
  role,
  parts: [{ type: 'text', text }],
});

/** Two turns of one role as one: the words of the second begin a new line. */
function joined(first: Said, second: Said): Said {
  const [next, ...rest] = second.parts;
  const last = first.parts.at(-1);
  if (last?.type === 'text' && next?.type === 'text')
    return {
      ...first,
      parts: [...first.parts.slice(0, -1), { type: 'text', text: `${last.text}\n${next.text}` }, ...rest],
    };
  return { ...first, parts: [...first.parts, ...second.parts] };
}

/** What the system says becomes the beginning of what the user says next, for the model was trained without. */
function withoutSystem(turns: readonly Turn[]): Said[] {
  return turns.map((turn) => ({ ...turn, role: turn.role === 'assistant' ? 'assistant' : 'user' }));
}

/** Users and the model in turns, the user first. */
function inTurns(turns: readonly Turn[]): readonly Said[] {
  const all: Said[] = [];
  for (const turn of withoutSystem(turns)) {
    const last = all.at(-1);
    if (last?.role === turn.role) all[all.length - 1] = joined(last, turn);
    else all.push(turn);
  }
  return all[0]?.role === 'assistant' ? [{ role: 'user', parts: [{ type: 'text', text: '' }] }, ...all] : all;
}

function messageOf({ role, parts }: Said, style: string | undefined): ChatMessage {
  const content = parts.map((part): ContentPart =>
    part.type === 'text'
      ? { type: 'text', text: part.text, ...(style !== undefined && { style }) }
      : { type: part.type },
  );
  return { role, content };
}

/** The question that a conversation asks. `style` is of its last turn. Throws RangeError for more videos than one. */
export function questionOf(
  turns: readonly Turn[],
  style?: string,
): Pick<AskInput, 'messages' | 'images' | 'video'> {
  const said = inTurns(turns);
  const parts = said.flatMap((turn) => turn.parts);
  const images = parts.flatMap((part) => (part.type === 'image' ? [part.image] : []));
  const [video, ...others] = parts.flatMap((part) => (part.type === 'video' ? [part.video] : []));
  if (others.length > 0)
    throw new RangeError(
      `The conversation shows ${others.length + 1} videos, and the model sees one. Leave the others out, or begin another conversation.`,
    );
  const messages = said.map((turn, i) => messageOf(turn, i === said.length - 1 ? style : undefined));
  return { messages, ...(images.length > 0 && { images }), ...(video !== undefined && { video }) };
}
