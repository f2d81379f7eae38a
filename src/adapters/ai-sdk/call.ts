// A call of the AI SDK -> the question and its options, with warnings for what the model cannot do.

import type { AskInput, AskOptions, Expectation } from '../../api.ts';
import { given, seedFor } from '../answering.ts';
import { anyJsonObject } from '../any-json.ts';
import { bytesOfBase64, mediaAt } from '../media-address.ts';
import { questionOf, type Turn, type TurnPart } from '../turns.ts';
import type { CallOptions, FilePart, PromptMessage, PromptPart, Warning } from './provider-types.ts';

export interface Call {
  readonly input: AskInput;
  readonly options: AskOptions;
  readonly warnings: Warning[];
}

function mediaOf({ data, mediaType }: FilePart): Uint8Array | URL {
  if (data.type === 'url') return mediaAt(data.url.href, `The URL of a file of type ${mediaType}`);
  if (data.type === 'data' && typeof data.data !== 'string') return data.data;
  if (data.type === 'data') return bytesOfBase64(String(data.data), `A file of type ${mediaType}`);
  throw new TypeError(
    `A file of type ${mediaType} must be bytes, base64 or a URL; "${data.type}" is not supported.`,
  );
}

function filePart(part: FilePart): TurnPart {
  const kind = part.mediaType.split('/')[0]?.toLowerCase();
  if (part.data.type === 'text') return { type: 'text', text: part.data.text };
  if (kind === 'image') return { type: 'image', image: mediaOf(part) };
  if (kind === 'video') return { type: 'video', video: mediaOf(part) };
  throw new TypeError(
    `The model sees files of type image/* and video/*, got ${JSON.stringify(part.mediaType)}. Leave it out.`,
  );
}

function partsOf(role: PromptMessage['role'], part: PromptPart): readonly TurnPart[] {
  if (part.type === 'text') return [part];
  if (part.type === 'file' && role === 'user') return [filePart(part)];
  // What another model thought by itself was said to nobody.
  if (part.type === 'reasoning' || part.type === 'reasoning-file') return [];
  throw new TypeError(`The model reads no part of type "${part.type}" in a message of the role "${role}".`);
}

function turnOf({ role, content }: PromptMessage): Turn {
  if (role === 'tool') throw new TypeError('The model calls no tools and reads no results of tools.');
  if (typeof content === 'string') return { role, parts: [{ type: 'text', text: content }] };
  return { role, parts: content.flatMap((part) => partsOf(role, part)) };
}

function expectationOf(format: CallOptions['responseFormat']): Expectation | undefined {
  if (format?.type !== 'json') return undefined;
  if (format.schema === undefined) return { regExp: anyJsonObject };
  return { jsonSchema: format.schema as Readonly<Record<string, unknown>> };
}

function warningsOf({ tools, toolChoice, reasoning }: CallOptions): Warning[] {
  const has: Record<string, boolean> = {
    tools: (tools ?? []).length > 0,
    toolChoice: toolChoice !== undefined && !['auto', 'none'].includes(toolChoice.type),
    reasoning: reasoning !== undefined && !['provider-default', 'none'].includes(reasoning),
  };
  return Object.keys(has)
    .filter((feature) => has[feature])
    .map((feature) => ({ type: 'unsupported', feature }));
}

/** Options under `providerOptions.molmo`: what a question may say beyond the SDK. */
const mediaOptions = ['startSec', 'endSec', 'maxFrames', 'maxFps', 'maxCrops'] as const;
const askOptions = ['expect', 'kv', 'fit', 'minP', 'repetitionPenalty'] as const;

function ownOf(options: CallOptions): {
  readonly media: Partial<AskInput>;
  readonly asked: Partial<AskOptions>;
  readonly style: string | undefined;
} {
  const own = options.providerOptions?.['molmo'] ?? {};
  const known: readonly string[] = [...mediaOptions, ...askOptions, 'style'];
  const unknown = Object.keys(own).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new TypeError(
      `providerOptions.molmo has no option ${JSON.stringify(unknown)}. It may have ${known.join(', ')}.`,
    );
  const only = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, own[name]]));
  const { style } = own;
  return {
    media: given(only(mediaOptions)) as Partial<AskInput>,
    asked: given(only(askOptions)) as Partial<AskOptions>,
    style: typeof style === 'string' ? style : undefined,
  };
}

/** What a call asks. Throws TypeError or RangeError for what cannot be asked. */
export function callOf(options: CallOptions): Call {
  const { media, asked, style } = ownOf(options);
  return {
    input: { ...questionOf(options.prompt.map(turnOf), style), ...media },
    options: {
      ...given({
        signal: options.abortSignal,
        maxNewTokens: options.maxOutputTokens,
        temperature: options.temperature,
        topP: options.topP,
        topK: options.topK,
        seed: seedFor(options.temperature, options.seed),
        stop: options.stopSequences,
        frequencyPenalty: options.frequencyPenalty,
        presencePenalty: options.presencePenalty,
        expect: expectationOf(options.responseFormat),
      }),
      ...asked,
    },
    warnings: warningsOf(options),
  };
}
