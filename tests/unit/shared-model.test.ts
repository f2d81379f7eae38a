// What a tab keeps so that another one can go on with its answers and chats.

import { describe, expect, test } from 'vitest';
import type { AskEvent } from '../../src/api.ts';
import type { AskRequest } from '../../src/engine/request.ts';
import type { SavedConversation } from '../../src/engine/restore-chat.ts';
import type { FromWorker } from '../../src/worker/protocol.ts';
import { KeptChats } from '../../src/worker/share/kept-chats.ts';
import { roomOf } from '../../src/worker/share/room.ts';
import { Told } from '../../src/worker/share/told.ts';

const media = { kind: 'none', sizes: [], timestamps: [], durationSec: null } as const;
const events: readonly AskEvent[] = [
  { type: 'media', media, continues: false },
  { type: 'text', text: 'Two ' },
  { type: 'point', point: { x: 1, y: 2, id: 1, label: 'a' } },
  { type: 'text', text: 'dots, ' },
  { type: 'text', text: 'here.' },
  { type: 'point', point: { x: 3, y: 4, id: 2, label: 'a' } },
];
const message = (event: AskEvent, call = 1): FromWorker => ({ type: 'event', call, event });
const done = { type: 'done', answer: { text: 'Two dots, here.' } } as AskEvent;

/** Events that a caller hears where an answer is told until `first`, and again from its beginning. */
function heard(first: number, again: readonly AskEvent[]): AskEvent[] {
  const told = new Told();
  const all: AskEvent[] = [];
  const hear = (event: AskEvent) => {
    const left = told.new(message(event));
    if (left?.type === 'event') all.push(left.event);
  };
  events.slice(0, first).forEach(hear);
  told.begin();
  again.forEach(hear);
  return all;
}

describe('an answer that is told again', () => {
  test.each(events.map((_, i) => i))('after %i events goes on where it was', (first) => {
    expect(heard(first, [...events, done])).toEqual([...events, done]);
  });

  test('may come in other pieces', () => {
    const inOne = [{ type: 'text', text: 'Two dots, here.' }, done] as const;
    const texts = (all: readonly AskEvent[]) =>
      all.flatMap((event) => (event.type === 'text' ? event.text : []));
    expect(texts(heard(2, inOne))).toEqual(['Two ', 'dots, here.']);
    const letters = [...'Two dots, here.'].map((text) => ({ type: 'text', text }) as const);
    expect(texts(heard(2, letters)).join('')).toBe('Two dots, here.');
  });

  test('may tell its notices and its progress again, and more of them', () => {
    const progress = { type: 'progress', stage: 'prefill', done: 1, total: 2 } as const;
    const notice = { type: 'notice', message: 'Less of it.', steps: [] } as const;
    expect(heard(2, [progress, notice as never as AskEvent, ...events, done])).toHaveLength(
      events.length + 3,
    );
  });

  test.each([
    { what: 'another text', again: [{ type: 'text', text: 'Three' }] },
    { what: 'another point', again: [{ type: 'point', point: { x: 9, y: 2, id: 1, label: 'a' } }] },
    { what: 'an end before what was told', again: [{ type: 'text', text: 'Two' }, done] },
  ] as { what: string; again: AskEvent[] }[])('$what is an error, not a mixture', ({ again }) => {
    expect(() => heard(3, again)).toThrow(/computes another: .* was told before .*Ask again/);
  });

  test('the token probabilities of a text are told once', () => {
    const token = (id: number) => ({ id, text: String(id), logprob: -1, top: [] });
    const told = new Told();
    const tell = (text: string, ids: number[]) =>
      told.new(message({ type: 'text', text, logprobs: ids.map(token) }));
    tell('ab', [1, 2]);
    told.begin();
    expect(tell('a', [1])).toBeNull();
    expect(tell('bcd', [2, 3, 4])).toEqual(
      message({ type: 'text', text: 'cd', logprobs: [token(3), token(4)] }),
    );
  });

  test('answers that are told together go on each for itself', () => {
    const told = new Told();
    const say = (branch: number, text: string) =>
      told.new({ type: 'branch-event', call: 1, event: { type: 'text', branch, text } });
    say(0, 'a');
    say(1, 'xy');
    told.begin();
    expect(say(1, 'x')).toBeNull();
    expect(say(0, 'ab')).toMatchObject({ event: { branch: 0, text: 'b' } });
    expect(say(1, 'yz')).toMatchObject({ event: { branch: 1, text: 'z' } });
  });
});

describe('a chat of a tab', () => {
  const saved = { ids: [1, 2, 3], media: null } as never as SavedConversation;
  const shown = { ids: [1, 2, 3], media: { hashes: ['a'] } } as never as SavedConversation;
  const blob = new Blob(['picture']);
  const request = (images: AskRequest['images']) => ({ images, video: null }) as never as AskRequest;
  const ask = (images: AskRequest['images'] = []) =>
    ({ type: 'ask', conversation: 7, request: request(images) }) as const;
  const answered = (kept: SavedConversation) => ({ type: 'answered', call: 1, said: [], kept }) as const;
  const picture = { kind: 'blob', blob } as const;

  test('is restored at another server, with the pictures that it is about, once', () => {
    const chats = new KeptChats();
    chats.note(ask([picture]), answered(shown), 'first');
    chats.note(ask(), answered(shown), 'first'); // a further question shows nothing
    expect(chats.missing(ask(), 'first')).toBeNull();
    const request = { saved: shown, images: [picture], video: null };
    expect(chats.missing(ask(), 'second')).toEqual({ conversation: 7, request });
    chats.restored(7, 'second');
    expect(chats.missing(ask(), 'second')).toBeNull();
  });

  test('that begins anew, was forgotten or is unknown is not', () => {
    const chats = new KeptChats();
    expect(chats.missing(ask(), 'first')).toBeNull();
    chats.note(ask([picture]), answered(shown), 'first');
    chats.note(ask(), message({ type: 'media', media, continues: false }), 'first');
    expect(chats.missing(ask(), 'second')).toBeNull();
    chats.note(ask(), answered(saved), 'first');
    expect(chats.missing(ask(), 'second')?.request.images).toEqual([]);
    chats.forget(7);
    expect(chats.missing(ask(), 'second')).toBeNull();
  });

  test('and its copy are two', () => {
    const chats = new KeptChats();
    chats.note(ask([picture]), answered(shown), 'first');
    chats.note({ type: 'clone', conversation: 7, copy: 8 }, { type: 'cloned', call: 1 }, 'first');
    chats.forget(7);
    expect(chats.missing({ type: 'save', conversation: 8 }, 'second')?.conversation).toBe(8);
  });
});

test('a room is of one model, one worker and settings that matter, and does not show a token', async () => {
  const source = { kind: 'folder-url', label: 'm', base: 'https://models.test/m/?key=secret' } as const;
  const room = await roomOf(source, {}, 'worker.js');
  expect(room).toMatch(/^molmo2-webgpu [0-9a-f]{32}$/);
  expect(await roomOf(source, { tune: true, exactActivations: false }, 'worker.js')).toBe(room);
  const others = [
    await roomOf({ ...source, base: 'https://models.test/n/' }, {}, 'worker.js'),
    await roomOf(source, { weights: 'q4' }, 'worker.js'),
    await roomOf(source, { memoryBytes: 1 }, 'worker.js'),
    await roomOf(source, {}, 'worker-2.js'),
  ];
  expect(new Set([room, ...others]).size).toBe(5);
  expect(await roomOf({ kind: 'files', label: 'chosen', files: {} }, {}, 'worker.js')).toBeNull();
});
