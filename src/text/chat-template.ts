// Renders a conversation in the format of the released chat template. The output keeps apart what the template writes
// as control tokens and what people typed, so that text which looks like a control token stays text.

import type { ChatMessage, ContentPart } from '../api.ts';
import { Molmo2Error } from '../errors.ts';
import { styledText } from './styles.ts';

/** Plain text, or one token of the vocabulary by name. */
export type Segment = string | { readonly token: string };

const turnStart: Segment = { token: '<|im_start|>' };
const turnEnd: Segment = { token: '<|im_end|>' };
/** Placeholders; `promptIds` replaces them by the tokens of the picture or video. */
export const imageToken = '<|image|>';
export const videoToken = '<|video|>';

function refuse(message: string): never {
  throw new Molmo2Error('bad-request', message);
}

const partsOf = (message: ChatMessage): readonly ContentPart[] =>
  typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : message.content;

/**
 * The text parts of one message joined with one blank. Nothing is trimmed: an empty first part adds nothing and an
 * empty later part still adds its blank.
 */
function messageText(message: ChatMessage): string {
  let text = '';
  for (const part of partsOf(message)) {
    if (part.type !== 'text') continue;
    const piece = styledText(part.text, part.style);
    text += text === '' ? piece : ` ${piece}`;
  }
  return text;
}

/** Refuses parts of an unknown type, which the types forbid but a JSON file may hold. */
function checkParts(messages: readonly ChatMessage[]): void {
  messages.forEach((message, i) => {
    if (typeof message.content !== 'string' && !Array.isArray(message.content))
      refuse(`Message ${i + 1} has no content. Give it a string or a list of parts.`);
    for (const part of partsOf(message)) {
      const known =
        part.type === 'image' ||
        part.type === 'video' ||
        (part.type === 'text' && typeof part.text === 'string');
      if (!known)
        refuse(
          `Message ${i + 1} has a part of type ${JSON.stringify(part.type)}. ` +
            'Use {type: "text", text}, {type: "image"} or {type: "video"}.',
        );
    }
  });
}

/** Splits off a leading subtitle message and checks that user and assistant take turns, the user first. */
function splitTurns(messages: readonly ChatMessage[]): { subtitle: string; turns: readonly ChatMessage[] } {
  const roleOf = (message: ChatMessage | undefined) => String(message?.role).toLowerCase();
  const hasSubtitle = roleOf(messages[0]) === 'subtitle';
  const turns = hasSubtitle ? messages.slice(1) : messages;
  if (turns.length === 0) refuse('The conversation has no user message. Add one.');
  turns.forEach((message, i) => {
    const expected = i % 2 === 0 ? 'user' : 'assistant';
    if (roleOf(message) === expected) return;
    const hint =
      roleOf(message) === 'system'
        ? 'The model knows no system messages: put the text into the user message.'
        : 'Roles must alternate user, assistant, user ... after an optional first subtitle message.';
    refuse(
      `Message ${i + 1 + (hasSubtitle ? 1 : 0)} has the role "${message.role}" where "${expected}" is due. ${hint}`,
    );
  });
  const first = messages[0];
  return { subtitle: hasSubtitle && first ? messageText(first) : '', turns };
}

/** Placeholders of all turns stand in front: pictures (numbered when there are several), then videos. */
function mediaPrefix(messages: readonly ChatMessage[]): Segment[] {
  const parts = messages.flatMap(partsOf);
  const images = parts.filter((part) => part.type === 'image').length;
  const videos = parts.filter((part) => part.type === 'video').length;
  const segments: Segment[] = [];
  for (let i = 1; i <= images; i++) {
    if (images > 1) segments.push(`Image ${i}`);
    segments.push({ token: imageToken });
  }
  for (let i = 0; i < videos; i++) segments.push({ token: videoToken });
  return segments;
}

/** Joins neighbouring strings, because the tokenizer sees across them. */
function merged(segments: readonly Segment[]): Segment[] {
  const out: Segment[] = [];
  for (const segment of segments) {
    const last = out.at(-1);
    if (typeof segment !== 'string') out.push(segment);
    else if (typeof last === 'string') out[out.length - 1] = last + segment;
    else if (segment !== '') out.push(segment);
  }
  return out;
}

/**
 * Renders a conversation, with the opening of the answer unless `generationPrompt` is false.
 *
 * The released template leaves one stray blank before every past assistant turn and closes that turn only when another
 * follows; both are reproduced. Throws `bad-request` when roles do not alternate or a part is unknown.
 */
export function renderChat(
  messages: readonly ChatMessage[],
  options: { readonly generationPrompt?: boolean } = {},
): Segment[] {
  const { generationPrompt = true } = options;
  checkParts(messages);
  const { subtitle, turns } = splitTurns(messages);
  const segments = [...mediaPrefix(messages), subtitle];
  turns.forEach((message, i) => {
    const last = i === turns.length - 1;
    if (i % 2 === 0) segments.push(turnStart, `user\n${messageText(message)}`, turnEnd, '\n');
    else
      segments.push(' ', turnStart, `assistant\n${messageText(message)}`, ...(last ? [] : [turnEnd, '\n']));
  });
  if (generationPrompt) {
    if (turns.length % 2 === 0)
      refuse(
        'The conversation ends with an assistant message, so there is nothing to answer. Add a user message.',
      );
    segments.push(turnStart, 'assistant\n');
  }
  return merged(segments);
}

/**
 * A later question to a conversation whose tokens, the generated end-of-sequence included, are still in the cache.
 * This is the format of training, which differs from the template: the turn is closed once more and has no stray blank.
 */
export function followUpChat(prompt: string, style?: string): Segment[] {
  return [
    turnEnd,
    '\n',
    turnStart,
    `user\n${styledText(prompt, style)}`,
    turnEnd,
    '\n',
    turnStart,
    'assistant\n',
  ];
}

/** The conversation as one string, control tokens spelled out. */
export function renderText(segments: readonly Segment[]): string {
  return segments.map((segment) => (typeof segment === 'string' ? segment : segment.token)).join('');
}
