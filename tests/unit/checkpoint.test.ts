import { describe, expect, test } from 'vitest';
import { openCheckpoint } from '../../src/weights/checkpoint/checkpoint.ts';
import { openFiles } from '#weights/source/open-files';
import { checkedTensors } from '../../src/weights/checkpoint/checkpoint-tensors.ts';
import { fileUrl, modelSource } from '../../src/weights/source/model-source.ts';
import { disk, editedWeights, folderWith } from './checkpoint-folder.ts';

const block = 'model.transformer.blocks.1.mlp.ff_out.weight';

describe('a checkpoint folder', () => {
  test('lists every tensor that the model needs', async () => {
    const checkpoint = await openCheckpoint(disk);
    const list = checkedTensors(checkpoint);
    expect(list.length).toBe(checkpoint.tensors.size);
    expect(checkpoint.notices).toEqual([]);
  });

  test.each([
    'config.json',
    'tokenizer.json',
    'tokenizer_config.json',
    'preprocessor_config.json',
    'video_preprocessor_config.json',
    'processor_config.json',
  ])('without %s is refused by that name', async (name) => {
    await expect(openCheckpoint(folderWith({ [name]: null }))).rejects.toMatchObject({
      code: 'bad-checkpoint',
      message: expect.stringContaining(`has no ${name}`),
    });
  });

  test('with a config.json that is no JSON is refused with its size', async () => {
    const files = folderWith({ 'config.json': new TextEncoder().encode('{"half": ') });
    await expect(openCheckpoint(files)).rejects.toThrow(
      'config.json of The folder is damaged: it is not JSON (9 bytes). Download the file again.',
    );
  });

  test('with a tensor in two files is refused by both names', async () => {
    const weights = await disk.read('model.safetensors');
    const index = { weight_map: { a: 'a.safetensors', b: 'b.safetensors' } };
    const files = folderWith({
      'model.safetensors.index.json': new TextEncoder().encode(JSON.stringify(index)),
      'a.safetensors': weights,
      'b.safetensors': weights,
    });
    await expect(openCheckpoint(files)).rejects.toThrow(
      /^a\.safetensors and b\.safetensors of The folder both hold tensor "/,
    );
  });

  test('with a missing tensor is refused by its name', async () => {
    const weights = await editedWeights((entries) => {
      delete entries[block];
    });
    const checkpoint = await openCheckpoint(folderWith({ 'model.safetensors': weights }));
    expect(() => checkedTensors(checkpoint)).toThrow(new RegExp(`lacks 1 of \\d+ tensors, first "${block}"`));
  });

  test('with a tensor of another shape is refused with both shapes', async () => {
    const weights = await editedWeights((entries) => {
      entries[block]?.shape.reverse();
    });
    const checkpoint = await openCheckpoint(folderWith({ 'model.safetensors': weights }));
    expect(() => checkedTensors(checkpoint)).toThrow(/is \[112, 96\], but config.json asks for \[96, 112\]/);
  });

  test('with a weights file cut short is refused', async () => {
    const whole = (await disk.read('model.safetensors')) ?? new Uint8Array();
    const files = folderWith({ 'model.safetensors': whole.slice(0, 100) });
    await expect(openCheckpoint(files)).rejects.toThrow(/ends inside its header \(92 of \d+ bytes\)/);
  });

  test('that does not exist says what can be given instead', async () => {
    const files = openFiles({ kind: 'path', label: '/nowhere/at/all', path: '/nowhere/at/all' });
    await expect(openCheckpoint(files)).rejects.toMatchObject({
      code: 'unknown-model',
      message: expect.stringContaining('shapes'),
    });
  });
});

describe('a model source', () => {
  test('is a name, a URL, a path or files', () => {
    expect(modelSource('shapes', null).kind).toBe('urls');
    expect(modelSource('https://example.org/m', 'https://a.b/')).toMatchObject({
      base: 'https://example.org/m/',
    });
    expect(modelSource('./m', 'https://a.b/page/')).toMatchObject({ base: 'https://a.b/page/m/' });
    expect(modelSource('chrome-extension://abc/m', 'chrome-extension://abc/page.html')).toMatchObject({
      base: 'chrome-extension://abc/m/',
    });
    expect(() => modelSource('chrome-extension://abc/m', 'https://a.b/')).toThrow(/No model is called/);
    expect(modelSource('./m', null)).toMatchObject({ kind: 'path', path: './m' });
    expect(modelSource([new File(['{}'], 'config.json')], 'https://a.b/')).toMatchObject({ kind: 'files' });
  });

  test('a query of its URL goes to every file, and a fragment to none', () => {
    const source = modelSource('https://example.org/m?key=a/b#top', 'https://a.b/');
    expect(source).toMatchObject({ label: 'https://example.org/m/' });
    const base = source.kind === 'folder-url' ? source.base : '';
    expect(fileUrl(base, 'config.json')).toBe('https://example.org/m/config.json?key=a/b');
  });

  test('a URL that is none says so', () => {
    expect(() => modelSource('https://', null)).toThrow(/"https:\/\/" is no valid URL/);
  });

  test('of files with one name in a chosen folder the outer one is meant', () => {
    const file = (path: string) =>
      Object.defineProperty(new File([path], path.split('/').at(-1) ?? ''), 'webkitRelativePath', {
        value: path,
      });
    const inner = file('m/original/config.json');
    const outer = file('m/config.json');
    for (const files of [
      [inner, outer],
      [outer, inner],
    ])
      expect(modelSource(files, null)).toMatchObject({ files: { 'config.json': outer } });
  });

  test('an unknown name in a page lists the known ones', () => {
    expect(() => modelSource('molmo9', 'https://a.b/')).toThrow(/No model is called "molmo9".*shapes/);
  });
});
