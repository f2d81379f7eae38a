// Input of the Prompt API, checked as the standard checks it -> turns of a conversation.

import type { FrameList, ImageInput, VideoInput } from '../../api.ts';
import type { Turn, TurnPart } from '../turns.ts';
import { notSupported, syntaxError } from './dom-errors.ts';
import type { Message, MessageContent, MessageType, Prompt } from './prompt-types.ts';

export interface PromptTurns {
  readonly turns: readonly Turn[];
  /** What the answer begins with; empty where the last message is no prefix. */
  readonly prefix: string;
}

/** Also of another frame, and where no such class exists. */
const tagOf = (value: unknown): string => Object.prototype.toString.call(value).slice('[object '.length, -1);

/** Taken as they are. */
const pictures = ['Blob', 'File', 'ImageData', 'ImageBitmap', 'HTMLImageElement', 'HTMLCanvasElement', 'OffscreenCanvas']; // prettier-ignore
/** A picture is made of them first: what they show now. */
const drawn = ['HTMLVideoElement', 'SVGImageElement', 'VideoFrame'];

const isBytes = (value: unknown): value is ArrayBuffer | ArrayBufferView =>
  ArrayBuffer.isView(value) || tagOf(value) === 'ArrayBuffer';

function bytesOf(value: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value);
}

const isFrameList = (value: unknown): value is FrameList =>
  typeof value === 'object' && value !== null && 'frames' in value && 'timestamps' in value;

async function imageOf(value: unknown): Promise<ImageInput> {
  if (isBytes(value)) return bytesOf(value);
  if (pictures.includes(tagOf(value))) return value as ImageInput;
  if (drawn.includes(tagOf(value))) return createImageBitmap(value as ImageBitmapSource);
  throw new TypeError(
    `The value of an image must be a Blob, bytes, ImageData, ImageBitmap, VideoFrame, a canvas, or an image or video element, got ${tagOf(value)}.`,
  );
}

function videoOf(value: unknown): VideoInput {
  if (isBytes(value)) return bytesOf(value);
  if (['Blob', 'File'].includes(tagOf(value)) || isFrameList(value)) return value as VideoInput;
  throw new TypeError(
    `The value of a video must be a Blob, bytes, or { frames, timestamps }, got ${tagOf(value)}.`,
  );
}

async function partOf(
  { type, value }: MessageContent,
  role: Message['role'],
  types: ReadonlySet<MessageType>,
): Promise<TurnPart> {
  if (type === 'text') {
    if (typeof value === 'string') return { type, text: value };
    throw new TypeError(`The value of a text must be a string, got ${tagOf(value)}.`);
  }
  if (!['image', 'video', 'audio', 'tool-call', 'tool-response'].includes(type))
    throw new TypeError(
      `Content must be of the type "text", "image" or "video", got ${JSON.stringify(type)}.`,
    );
  if (role !== 'user' || (type !== 'image' && type !== 'video'))
    throw notSupported(`A message of the role "${role}" cannot have content of the type "${type}".`);
  if (!types.has(type))
    throw notSupported(`This session takes no content of the type "${type}". Name it in expectedInputs when it is created.`); // prettier-ignore
  return type === 'image' ? { type, image: await imageOf(value) } : { type, video: videoOf(value) };
}

/** Neighbouring texts of one message are one text, without anything between them. */
function collapsed(parts: readonly TurnPart[]): TurnPart[] {
  const all: TurnPart[] = [];
  for (const part of parts) {
    const last = all.at(-1);
    if (part.type === 'text' && last?.type === 'text')
      all[all.length - 1] = { type: 'text', text: last.text + part.text };
    else all.push(part);
  }
  return all;
}

const roles: readonly Message['role'][] = ['system', 'user', 'assistant'];

function checkMessage(
  message: Message,
  place: { readonly isFirst: boolean; readonly isLast: boolean },
): void {
  const { role, content, prefix = false } = message;
  if (!roles.includes(role))
    throw new TypeError(`A role must be "system", "user" or "assistant", got ${JSON.stringify(role)}.`);
  if (typeof content !== 'string' && !Array.isArray(content))
    throw new TypeError(`The content of a message must be a string or a list, got ${tagOf(content)}.`);
  if (prefix && (role !== 'assistant' || !place.isLast))
    throw syntaxError('Only the last message can be a prefix, and only one of the role "assistant".');
  if (role === 'system' && !place.isFirst)
    throw new TypeError('A message of the role "system" must be the very first of a session.');
}

/**
 * `isBegun` says whether the session has any messages. Throws TypeError, or a DOMException `NotSupportedError` or `SyntaxError`.
 */
export async function turnsOf(
  input: Prompt,
  { types, isBegun }: { readonly types: ReadonlySet<MessageType>; readonly isBegun: boolean },
): Promise<PromptTurns> {
  const given: unknown = input;
  if (!Array.isArray(given))
    return { turns: [{ role: 'user', parts: [{ type: 'text', text: String(given) }] }], prefix: '' };
  const messages = given.length === 0 ? [{ role: 'user', content: '' } as const] : (given as Message[]);
  const turns: Turn[] = [];
  for (const [i, message] of messages.entries()) {
    checkMessage(message, { isFirst: i === 0 && !isBegun, isLast: i === messages.length - 1 });
    const { role, content } = message;
    const list = typeof content === 'string' ? [{ type: 'text' as const, value: content }] : content;
    const parts: TurnPart[] = [];
    for (const one of list) parts.push(await partOf(one, role, types));
    turns.push({ role, parts: collapsed(parts) });
  }
  if (messages.at(-1)?.prefix !== true) return { turns, prefix: '' };
  const prefix = turns.pop()?.parts[0];
  return { turns, prefix: prefix?.type === 'text' ? prefix.text : '' };
}
