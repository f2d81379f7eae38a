// What a saved chat must look like before it is sent to the engine.

import { expect, test } from 'vitest';
import type { SavedChat } from '../../src/api.ts';
import { checkedSavedChat } from '../../src/saved-chat.ts';

const hash = '0123456789abcdef'.repeat(4);
const saved: SavedChat = {
  format: 'molmo2-chat',
  version: 1,
  model: { name: 'shapes', key: hash },
  kv: 'f32',
  media: {
    kind: 'images',
    hashes: [hash],
    sizes: [{ width: 3, height: 4 }],
    timestamps: [],
    sampling: { maxCrops: 2 },
    subtitles: null,
  },
  ids: [1, 2, 3, 4],
  pending: 1,
  visualLength: 2,
  messages: [
    { role: 'user', content: [{ type: 'image' }, { type: 'text', text: 'Hi', style: 'vqa2' }] },
    { role: 'assistant', content: 'Hello' },
  ],
};

test('what was saved passes unchanged', () => {
  expect(checkedSavedChat(JSON.parse(JSON.stringify(saved)))).toEqual(saved);
  const empty = { ...saved, kv: null, media: null, ids: [], pending: 0, visualLength: 0, messages: [] };
  expect(checkedSavedChat(empty)).toEqual(empty);
});

test.each<[string, unknown, RegExp]>([
  ['a string', JSON.stringify(saved), /it is a string; parse its JSON first/],
  ['null', null, /it is null/],
  ['a list', [saved], /it is \[/],
  ['another format', { ...saved, format: 'chat' }, /"format" is "chat" instead of "molmo2-chat"/],
  ['a later version', { ...saved, version: 2 }, /version 2; this release reads version 1/],
  ['no version', { ...saved, version: undefined }, /version missing/],
  ['no ids', { ...saved, ids: undefined }, /"ids" is missing/],
  ['a broken id', { ...saved, ids: [1, 2.5, 3, 4] }, /"ids\.1" is 2\.5: must be a whole number/],
  ['a negative id', { ...saved, ids: [-1, 2, 3, 4] }, /"ids\.0" is -1: must be 0 or more/],
  ['a short hash', { ...saved, media: { ...saved.media, hashes: ['ab'] } }, /hashes\.0" is "ab"/],
  ['no picture', { ...saved, media: { ...saved.media, hashes: [] } }, /must not be empty/],
  ['more pending than there is', { ...saved, pending: 3 }, /more than its 4 ids/],
  ['ids of pictures without any', { ...saved, media: null }, /2 ids of pictures, but no pictures/],
  ['pictures without ids', { ...saved, visualLength: 0 }, /0 ids of pictures, but pictures/],
  ['another kv', { ...saved, kv: 'q4' }, /"kv" is "q4": must be f32, f16 or int8/],
  [
    'a part of another type',
    { ...saved, messages: [{ role: 'user', content: [{ type: 'sound' }] }] },
    /messages/,
  ],
])('%s is refused', (_, value, message) => {
  expect(() => checkedSavedChat(value)).toThrow(
    expect.objectContaining({ code: 'bad-saved-chat', message: expect.stringMatching(message) }),
  );
});
