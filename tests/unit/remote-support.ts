// What the tests of answers from a server share: the server, which answers texts token by token, and what the engine on this machine
// would tell of the same text.

import { readFileSync } from 'node:fs';
import { beforeEach } from 'vitest';
import { createRemote, type RemoteInput, type RemoteOptions } from '../../src/adapters/remote/remote.ts';
import type { Answer, AskEvent, AskOptions, MediaInfo } from '../../src/api.ts';
import { AnswerText } from '../../src/engine/answer/answer-text.ts';
import { Molmo2Error } from '../../src/errors.ts';
import { pictureHeader } from '../../src/media/picture/picture-header.ts';
import { TextStream } from '../../src/text/text-stream.ts';
import type { SampleEntry } from '../sample-questions.ts';
import { startVllm, type VllmAnswer } from '../vllm-server.ts';
import { readJson, readTokenizer } from './text-support.ts';

const samples = new URL('../fixtures/samples/', import.meta.url);
export const index = readJson(new URL('index.json', samples)) as SampleEntry[];
export const tokenizer = readTokenizer(new URL('../../models/shapes/', import.meta.url));
export const file = (name: string) => new URL(name, samples);
export const bytesOf = (name: string) => new Uint8Array(readFileSync(file(name)));

/** One for all files that a worker runs; it keeps no process alive. */
export const server = await startVllm();

/** Called by a file of tests: each of them finds the server as new. */
export function useServer(): void {
  beforeEach(() => {
    server.requests.length = 0;
    server.strangerSaw.length = 0;
    server.faults = [];
    server.key = null;
  });
}

/** A text in the pieces that its tokens spell. */
export function answerOf(text: string): VllmAnswer {
  const words = new TextStream(tokenizer);
  const pieces = tokenizer.encode(text).map((id) => ({
    text: words.push(id),
    ids: [id],
    logprobs: [{ token: tokenizer.decode([id]), logprob: -0.25, top_logprobs: [{ token: 'other', logprob: -2 }, { token: tokenizer.decode([id]), logprob: -0.25 }] }], // prettier-ignore
  }));
  return { pieces, finish: 'stop', eosId: tokenizer.eosIds[0] ?? 0 };
}

export const says = (text: string) => (server.answer = () => answerOf(text));
export const remote = (options: Partial<RemoteOptions> = {}) =>
  createRemote({ baseURL: server.url, model: 'molmo2', firstWaitMs: 1, ...options });

export async function eventsOf(asking: AsyncIterable<AskEvent>): Promise<AskEvent[]> {
  const events: AskEvent[] = [];
  for await (const event of asking) events.push(event);
  return events;
}

export const answered = (events: readonly AskEvent[]): Answer => {
  const last = events.at(-1);
  if (last?.type !== 'done') throw new Error(`the last event is ${JSON.stringify(last)}`);
  return last.answer;
};

export const ask = (input: RemoteInput, options?: AskOptions, to = remote()) =>
  eventsOf(to.ask(input, options));

export async function failure(asking: Promise<unknown>): Promise<Molmo2Error> {
  const error = await asking.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Molmo2Error)) throw new Error(`expected a Molmo2Error, got ${String(error)}`);
  return error;
}

/** The media of a sample as a question shows them, and what is known of them. */
export function shown({ kind, media, frames = [], timestamps = [] }: SampleEntry): {
  input: RemoteInput;
  info: MediaInfo;
} {
  const files = kind === 'video' ? frames : media;
  const headers = files.map((name) => pictureHeader(bytesOf(name), name));
  const sizes = (kind === 'video' ? headers.slice(0, 1) : headers).map(({ width, height }) => ({
    width,
    height,
  }));
  const durationSec = kind === 'video' ? (timestamps.at(-1) ?? 0) : null;
  const info = { kind: kind === 'video' ? 'video' : 'images', sizes, timestamps, durationSec } as const;
  if (kind === 'video') return { input: { video: { frames: frames.map(file), timestamps } }, info };
  return { input: { images: media.map(file) }, info };
}

/** What the engine on this machine tells of a text, token by token. */
export function engineEvents(text: string, info: MediaInfo) {
  const events: AskEvent[] = [];
  const answer = new AnswerText({ tokenizer, media: info, timeOffsetSec: 0, stop: [], emit: (event) => events.push(event) }); // prettier-ignore
  for (const id of tokenizer.encode(text)) answer.push(id, null);
  answer.end();
  return { events, found: answer.found };
}
