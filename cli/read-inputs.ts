// Reads the text files that a question may come with, and videos that can be read but once.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { AskInput, ChatMessage, Expectation, VideoInput } from '../src/index.ts';
import { Molmo2Error } from '../src/index.ts';
import type { Asked } from './ask-input.ts';
import { checked, type WrittenExpectation } from './expectation.ts';
import { portableVideo } from '../src/media/portable-media.ts';
import { isLasting } from '../src/media/video/local-video.ts';

async function readText(file: string, what: string, signal: AbortSignal): Promise<string> {
  try {
    const bytes = await readFile(file, { signal });
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    signal.throwIfAborted();
    const reason =
      cause instanceof TypeError ? 'it is not UTF-8 text' : String(cause).replace(/^Error: /, '');
    throw new Molmo2Error('bad-request', `${what} ${file} cannot be read: ${reason}. Check the file.`, {
      cause,
    });
  }
}

async function readJson(file: string, what: string, wanted: string, signal: AbortSignal): Promise<unknown> {
  const text = await readText(file, what, signal);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Molmo2Error('bad-request', `${file} is no JSON: ${reason}. ${wanted}`, { cause });
  }
}

/** What the answer must be, with its schema. Throws `bad-request`, or TypeError and RangeError as the engine does. */
export async function readExpectation(expect: WrittenExpectation, signal: AbortSignal): Promise<Expectation> {
  if (typeof expect === 'string' || !('schemaFile' in expect)) return expect;
  const wanted = 'Write a JSON schema such as {"type": "object", "properties": {}}.';
  const jsonSchema = await readJson(expect.schemaFile, 'The schema file', wanted, signal);
  return checked({ jsonSchema: jsonSchema as Readonly<Record<string, unknown>> });
}

/** The text of a .vtt or .srt file. Throws `bad-request`. */
export function readSubtitles(file: string, signal: AbortSignal): Promise<string> {
  return readText(file, 'The subtitle file', signal);
}

function isMessage(value: unknown): value is ChatMessage {
  if (typeof value !== 'object' || value === null || !('role' in value) || !('content' in value))
    return false;
  const { role, content } = value;
  if (typeof role !== 'string') return false;
  if (typeof content === 'string') return true;
  // The door says which type of part it does not know.
  return (
    Array.isArray(content) &&
    content.every((part: unknown) => typeof part === 'object' && part !== null && 'type' in part)
  );
}

/** A conversation from a JSON file: an array of `{role, content}`. Throws `bad-request`. */
export async function readMessages(file: string, signal: AbortSignal): Promise<readonly ChatMessage[]> {
  const wanted =
    'Write an array of messages such as [{"role": "user", "content": [{"type": "text", "text": "..."}]}].';
  const value = await readJson(file, 'The messages file', wanted, signal);
  if (!Array.isArray(value)) throw new Molmo2Error('bad-request', `${file} holds no array. ${wanted}`);
  const wrong = value.findIndex((message) => !isMessage(message));
  if (wrong < 0) return value as readonly ChatMessage[];
  throw new Molmo2Error(
    'bad-request',
    `${file}: message ${wrong + 1} needs a "role" (text) and a "content" (text, or an array of parts with a "type"). ${wanted}`,
  );
}

/** The question with its subtitles and messages. Throws `bad-request`. */
export async function withTextFiles(
  { input, subtitlesFile, messagesFile }: Omit<Asked, 'model'>,
  signal: AbortSignal,
): Promise<AskInput> {
  return {
    ...input,
    ...(subtitlesFile !== null && { subtitles: await readSubtitles(subtitlesFile, signal) }),
    ...(messagesFile !== null && { messages: await readMessages(messagesFile, signal) }),
  };
}

/** The video as it can be read twice: what comes through a pipe is kept, all else stays where it is. */
export async function readableTwice(video: VideoInput, signal: AbortSignal): Promise<VideoInput> {
  if (typeof video !== 'string') return video;
  const { video: place } = await portableVideo(video);
  if (place.kind !== 'path' || !existsSync(place.path) || (await isLasting(place.path))) return video;
  return new Blob([await readFile(place.path, { signal })]);
}
