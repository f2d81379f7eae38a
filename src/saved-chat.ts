// Checks a saved chat before anything is done with it: it may have lain on a disk or crossed a network for years.

import * as v from 'valibot';
import type { SavedChat } from './api.ts';
import { Molmo2Error } from './errors.ts';

const count = v.pipe(v.number(), v.safeInteger('must be a whole number'), v.minValue(0, 'must be 0 or more'));
const seconds = v.pipe(v.number(), v.finite('must be a number'));
const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits'));
const part = v.variant('type', [
  v.object({ type: v.literal('text'), text: v.string(), style: v.exactOptional(v.string()) }),
  v.object({ type: v.literal('image') }),
  v.object({ type: v.literal('video') }),
]);

const savedChat = v.object({
  format: v.literal('molmo2-chat'),
  version: v.literal(1),
  model: v.object({ name: v.string(), key: hash }),
  kv: v.nullable(v.picklist(['f32', 'f16', 'int8'], 'must be f32, f16 or int8')),
  media: v.nullable(
    v.object({
      kind: v.picklist(['images', 'video'], 'must be images or video'),
      hashes: v.pipe(v.array(hash), v.minLength(1, 'must not be empty')),
      sizes: v.array(v.object({ width: count, height: count })),
      timestamps: v.array(seconds),
      sampling: v.object({
        startSec: v.exactOptional(seconds),
        endSec: v.exactOptional(seconds),
        maxFrames: v.exactOptional(count),
        maxFps: v.exactOptional(seconds),
        maxCrops: v.exactOptional(count),
      }),
      subtitles: v.nullable(v.string()),
    }),
  ),
  ids: v.array(count),
  pending: count,
  visualLength: count,
  messages: v.array(v.object({ role: v.string(), content: v.union([v.string(), v.array(part)]) })),
});

function refuse(what: string): never {
  throw new Molmo2Error(
    'bad-saved-chat',
    `The saved chat cannot be restored: ${what}. Give what chat.save() returned, or begin a new chat.`,
  );
}

const short = (value: unknown): string => (JSON.stringify(value) ?? 'missing').slice(0, 80);

/** The same value, once everything in it is what `chat.save()` writes. Throws `bad-saved-chat`. */
export function checkedSavedChat(value: unknown): SavedChat {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    refuse(typeof value === 'string' ? 'it is a string; parse its JSON first' : `it is ${short(value)}`);
  const { format, version } = value as Record<string, unknown>;
  if (format !== 'molmo2-chat') refuse(`its "format" is ${short(format)} instead of "molmo2-chat"`);
  if (version !== 1)
    throw new Molmo2Error(
      'bad-saved-chat',
      `The saved chat has version ${short(version)}; this release reads version 1. Use the release that saved it, or begin a new chat.`,
    );
  const result = v.safeParse(savedChat, value);
  if (!result.success) {
    const [issue] = result.issues;
    return refuse(
      `"${v.getDotPath(issue) ?? 'it'}" is ${short(issue.input)}: ${issue.message.slice(0, 160)}`,
    );
  }
  const saved = result.output;
  const { ids, pending, visualLength, media } = saved;
  if (pending + visualLength > ids.length)
    refuse(`${visualLength} ids of pictures and ${pending} pending ones are more than its ${ids.length} ids`);
  if ((media === null) !== (visualLength === 0))
    refuse(`it has ${visualLength} ids of pictures, but ${media ? '' : 'no '}pictures`);
  return saved;
}
