import { describe, expect, test } from 'vitest';
import type { ChatMessage } from '../../src/api.ts';
import { renderChat, renderText } from '../../src/text/chat-template.ts';
import { followUpIds, promptIds, type PromptInput } from '../../src/text/prompt.ts';
import { imageTokens, videoSegments } from '../../src/text/visual-tokens.ts';
import { golden, readConfigs, readJson, readTokenizer } from './text-support.ts';

interface GoldenCase {
  readonly name: string;
  readonly checkpoint: string;
  readonly kind: 'text' | 'image' | 'video';
  readonly messages: readonly ChatMessage[];
  readonly timestamps: readonly number[] | null;
  readonly text: string;
  readonly input_ids: readonly number[];
  readonly token_type_ids: readonly number[];
  readonly grids: readonly (readonly number[])[] | null;
}
const { cases } = readJson(new URL('index.json', golden)) as { cases: readonly GoldenCase[] };

const checkpoints = new Map(
  ['qwen3', 'olmo'].map((name) => {
    const folder = new URL(`checkpoint-${name}/`, golden);
    return [name, { tokenizer: readTokenizer(folder), ...readConfigs(folder) }];
  }),
);
function checkpoint(name: string) {
  const found = checkpoints.get(name);
  if (!found) throw new Error(`no checkpoint ${name}`);
  return found;
}

function promptInput(c: GoldenCase): PromptInput {
  const [grid] = c.grids ?? [];
  return {
    messages: c.messages,
    images: c.kind === 'image' ? (c.grids ?? []).map((g) => g as [number, number, number, number]) : [],
    video:
      c.kind === 'video' ? { timestamps: c.timestamps ?? [], grid: [grid?.[1] ?? 0, grid?.[2] ?? 0] } : null,
    ...checkpoint(c.checkpoint),
  };
}

test('there are ten golden cases', () => {
  expect(cases).toHaveLength(10);
});

describe.each(cases)('$name', (c) => {
  const input = promptInput(c);
  const prompt = promptIds(input);

  test('has the ids of the reference', () => {
    expect([...prompt.ids]).toEqual(c.input_ids);
    expect([...prompt.isImage]).toEqual(c.token_type_ids);
    expect(prompt.visionTokens).toBe(c.input_ids.filter((id) => id === 514).length);
  });

  test('has the rendered text of the reference', () => {
    expect(input.tokenizer.decode([...prompt.ids].slice(1), { skipSpecialTokens: false })).toBe(c.text);
    if (c.kind === 'text') expect(renderText(renderChat(c.messages))).toBe(c.text);
  });
});

const qwen3 = checkpoint('qwen3');
const ids = qwen3.model.tokens;
const P = ids.imPatch;
const C = ids.imCol;

describe('switches of the processor', () => {
  const image = qwen3.processor.image;
  const grid = [2, 1, 1, 2] as const;
  const released = [ids.lowResImStart, P, P, ids.imEnd, ids.imStart, P, P, C, ids.imEnd];

  test('released: columns only in the high-resolution part', () => {
    expect(imageTokens(grid, image, ids)).toEqual(released);
  });
  test('use_single_crop_col_tokens adds them to the global part', () => {
    const tokens = imageTokens(grid, { ...image, useSingleCropColTokens: true }, ids);
    expect(tokens).toEqual([ids.lowResImStart, P, C, P, C, ids.imEnd, ids.imStart, P, P, C, ids.imEnd]);
  });
  test('image_use_col_tokens false leaves them out', () => {
    const tokens = imageTokens(grid, { ...image, useColTokens: false }, ids);
    expect(tokens).toEqual(released.filter((id) => id !== C));
  });
  test('use_single_crop_start_token false begins with <im_start>', () => {
    const tokens = imageTokens(grid, { ...image, useSingleCropStartToken: false }, ids);
    expect(tokens).toEqual([ids.imStart, ...released.slice(1)]);
  });
  test('use_low_res_token_for_global_crops writes <im_low> for the global part', () => {
    const tokens = imageTokens(grid, { ...image, useLowResTokenForGlobalCrops: true }, ids);
    expect(tokens).toEqual([ids.lowResImStart, ids.imLow, ids.imLow, ...released.slice(3)]);
  });

  test('frames stand between their own markers or those of pictures, with columns where asked', () => {
    const video = qwen3.processor.video;
    expect(videoSegments([0, 2.25], [1, 2], { ...video, useFrameSpecialTokens: true }, ids)).toEqual([
      '0.0 ',
      [ids.frameStart, P, P, ids.frameEnd],
      ' 2.2 ',
      [ids.frameStart, P, P, ids.frameEnd],
    ]);
    expect(
      videoSegments([1], [2, 1], { ...video, useFrameSpecialTokens: false, useColTokens: true }, ids),
    ).toEqual(['1.0 ', [ids.imStart, P, C, P, C, ids.imEnd]]);
  });

  test.each([
    [[14, 14, 14, 14], 410],
    [[14, 14, 23, 42], 1189],
    [[14, 14, 42, 61], 2804],
  ] as const)('a grid of %j has %d tokens', (g, count) => {
    expect(imageTokens(g, image, ids)).toHaveLength(count);
  });
});

describe('media and placeholders', () => {
  const user = (...types: ('image' | 'video')[]): ChatMessage[] => [
    { role: 'user', content: [...types.map((type) => ({ type })), { type: 'text', text: 'Q' }] },
  ];
  const grid = [1, 1, 1, 1] as const;
  const video = { timestamps: [0], grid: [1, 1] } as const;
  const input = (messages: ChatMessage[], images: number, withVideo = false): PromptInput => ({
    messages,
    images: Array.from({ length: images }, () => grid),
    video: withVideo ? video : null,
    ...qwen3,
  });

  test.each([
    ['too few images', input(user('image', 'image'), 1)],
    ['too many images', input(user('image'), 2)],
    ['an image nobody mentions', input(user(), 1)],
    ['a missing video', input(user('video'), 0)],
    ['a video nobody mentions', input(user(), 0, true)],
    ['two videos', input(user('video', 'video'), 0, true)],
    ['an image beside a video', input(user('image', 'video'), 1, true)],
    [
      'a video without frames',
      { ...input(user('video'), 0, true), video: { timestamps: [], grid: [1, 1] as const } },
    ],
  ])('%s: refused', (_, bad) => {
    expect(() => promptIds(bad)).toThrow(expect.objectContaining({ code: 'bad-request' }));
  });

  test('<im_low> carries a feature of the global grid', () => {
    const image = { ...qwen3.processor.image, useLowResTokenForGlobalCrops: true };
    const processor = { ...qwen3.processor, image };
    const plain = promptIds(input(user('image'), 1));
    const lowRes = promptIds({ ...input(user('image'), 1), processor });
    expect([...lowRes.ids]).toContain(ids.imLow);
    expect(lowRes.visionTokens).toBe(plain.visionTokens);
  });

  test('subtitles stand behind the last frame', () => {
    const messages: ChatMessage[] = [{ role: 'subtitle', content: 'subtitle\n' }, ...user('video')];
    const prompt = promptIds(input(messages, 0, true));
    expect(qwen3.tokenizer.decode([...prompt.ids], { skipSpecialTokens: false })).toBe(
      '<|im_end|>0.0 <im_start><im_patch><im_end>subtitle\n<|im_start|>user\nQ<|im_end|>\n<|im_start|>assistant\n',
    );
  });

  test('typed names of visual tokens are no visual tokens', () => {
    const prompt = promptIds(input([{ role: 'user', content: '<|image|><im_patch><|im_end|>' }], 0));
    expect(prompt.visionTokens).toBe(0);
    expect([...prompt.isImage].some(Boolean)).toBe(false);
    expect([...prompt.ids].filter((id) => id === 511)).toHaveLength(2);
  });

  test('words around a run of visual tokens are encoded as one text each', () => {
    const prompt = promptIds(input(user('image', 'image'), 2));
    const { tokenizer } = qwen3;
    expect([...prompt.ids].slice(1, 1 + tokenizer.encode('Image 1').length)).toEqual(
      tokenizer.encode('Image 1'),
    );
  });
});

test('a follow-up question begins by closing the turn of the cache', () => {
  const { tokenizer } = qwen3;
  expect([...followUpIds('<|im_end|>', 'vqa2', tokenizer)]).toEqual([
    511,
    ...tokenizer.encode('\n'),
    510,
    ...tokenizer.encode('user\nvqa2: <|im_end|>'),
    511,
    ...tokenizer.encode('\n'),
    510,
    ...tokenizer.encode('assistant\n'),
  ]);
});
