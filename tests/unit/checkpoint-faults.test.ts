// Checkpoint folders in which something is wrong, or only looks so.

import { describe, expect, test } from 'vitest';
import { openCheckpoint } from '../../src/weights/checkpoint/checkpoint.ts';
import { checkedTensors } from '../../src/weights/checkpoint/checkpoint-tensors.ts';
import { disk, editedWeights, folderWith } from './checkpoint-folder.ts';

const text = (words: string) => new TextEncoder().encode(words);

describe('a file that is something else', () => {
  const pointer = text(
    `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 19000000000\n`,
  );
  const page = text('<!DOCTYPE html>\n<html><title>Sign in</title></html>');
  const names = ['model.safetensors', 'config.json', 'tokenizer.json', 'processor_config.json'];

  test.each(names)('%s that is a Git LFS pointer says how to get the file', async (name) => {
    await expect(openCheckpoint(folderWith({ [name]: pointer }))).rejects.toMatchObject({
      code: 'bad-checkpoint',
      message: `${name} of The folder is a Git LFS pointer, not the file itself. Run: git lfs pull`,
    });
  });

  test.each(names)('%s that is a web page says so', async (name) => {
    const marked = text('\ufeff\n  <html lang="en">');
    for (const content of [page, marked, text('<?xml version="1.0"?><Error>AccessDenied')])
      await expect(openCheckpoint(folderWith({ [name]: content }))).rejects.toThrow(
        `${name} of The folder is a web page, not the file itself. Sign in where it comes from`,
      );
  });

  test.each<[string, Uint8Array<ArrayBuffer>, RegExp]>([
    ['GGUF', text('GGUF\u0003\0\0\0 and more'), /model\.safetensors of The folder is a GGUF file, which is not read/],
    ['a zip archive', text('PK\u0003\u0004\u0014\0\0\0'), /model\.safetensors of The folder is a zip archive/],
    ['nothing', text(''), /model\.safetensors is damaged: it has 0 bytes/],
  ])('weights that are %s', async (_, content, message) => {
    await expect(openCheckpoint(folderWith({ 'model.safetensors': content }))).rejects.toThrow(message);
  }); // prettier-ignore
});

describe('a folder without model.safetensors', () => {
  const index = (names: unknown) => text(JSON.stringify({ weight_map: names }));
  const none = { 'model.safetensors': null };
  const shard = (i: number, of: number) => `model-0000${i}-of-0000${of}.safetensors`;

  test('whose shards say that all are there needs no index', async () => {
    const weights = await disk.read('model.safetensors');
    const checkpoint = await openCheckpoint(folderWith({ ...none, [shard(1, 1)]: weights }));
    expect(checkedTensors(checkpoint).length).toBe(checkpoint.tensors.size);
  });

  const x = text('x');
  const indexFile = 'model.safetensors.index.json';
  test.each<[string, Record<string, Uint8Array<ArrayBuffer> | null>, RegExp]>([
    ['a shard is missing', { [shard(2, 2)]: x }, /has no model\.safetensors\.index\.json, and of the shards .+ not all are there/],
    ['shards are of two counts', { [shard(1, 2)]: x, [shard(2, 3)]: x }, /not all are there/],
    ['PyTorch saved it', { 'pytorch_model.bin': x }, /has pytorch_model\.bin, which is not read\. Only \.safetensors files are; save the model with safe_serialization=True/],
    ['it is of another program', { 'model-q4.gguf': x }, /has model-q4\.gguf, which is not read/],
    ['the weights have another name', { 'consolidated.safetensors': x }, /has "consolidated\.safetensors" but no model\.safetensors/],
    ['nothing is there', {}, /The folder has no model\.safetensors\. Put all files/],
    ['the index names a folder', { [indexFile]: index({ a: 'weights/model.safetensors' }) }, /index\.json of The folder names "weights\/model\.safetensors", but files in other folders are not read/],
    ['the index names another kind', { [indexFile]: index({ a: 'pytorch_model.bin' }) }, /names "pytorch_model\.bin", which is no \.safetensors file/],
    ['the index names a number', { [indexFile]: index({ a: 7 }) }, /names 7, which is no/],
    ['the index names nothing', { [indexFile]: index({}) }, /lists no files\. Download/],
    ['the index is a list', { [indexFile]: text('[]') }, /lists no files/],
  ])('says what is there where %s', async (_, changes, message) => {
    await expect(openCheckpoint(folderWith({ ...none, ...changes }))).rejects.toThrow(message);
  }); // prettier-ignore

  test('says only what is missing', async () => {
    const reading = openCheckpoint(folderWith({ 'preprocessor_config.json': null }));
    await expect(reading).rejects.toThrow(/^The folder has no preprocessor_config\.json\. Put all files/);
  });
});

describe('tensors under other names', () => {
  test.each<[string, (name: string) => string, RegExp]>([
    ['a compiler', (name) => `_orig_mod.${name}`, /lacks \d+ tensors; they seem to have other names: "_orig_mod\.model\.transformer\.wte\.embedding" in place of "model\.transformer\.wte\.embedding"/],
    ['a parallel trainer', (name) => `module.${name}`, /"module\.model\.transformer\.wte\.embedding"/],
    ['a cut', (name) => name.replace(/^model\./, ''), /"transformer\.wte\.embedding" in place of "model\.transformer\.wte\.embedding"/],
    ['another class', (name) => name.replace(/^model\./, 'language_model.'), /"language_model\.transformer\.wte\.embedding" in place of/],
  ])('by %s are told with both names', async (_, rename, message) => {
    const checkpoint = await openCheckpoint(disk);
    const entries = [...checkpoint.tensors].map(([name, one]) => [rename(name), { ...one, name: rename(name) }] as const);
    const refuse = () => checkedTensors({ ...checkpoint, tensors: new Map(entries) });
    expect(refuse).toThrow(/Save the model under the names of the released checkpoints\.$/);
    expect(refuse).toThrow(message);
  }); // prettier-ignore
});

describe('JSON files', () => {
  const names = ['config.json', 'tokenizer.json', 'processor_config.json', 'tokenizer_config.json'];
  test.each(names)('%s may begin with a byte order mark', async (name) => {
    const marked = new Uint8Array([0xef, 0xbb, 0xbf, ...((await disk.read(name)) ?? [])]);
    const plain = await openCheckpoint(disk);
    const other = await openCheckpoint(folderWith({ [name]: marked }));
    expect(other.config).toEqual(plain.config);
    expect(other.tokenizerJson).toEqual(plain.tokenizerJson);
  });

  test.each(['NaN', 'Infinity', '-Infinity'])('%s in config.json is told with its key', async (value) => {
    const config = new TextDecoder().decode((await disk.read('config.json')) ?? new Uint8Array());
    const changed = config.replace(/("rope_theta":\s*)[\d.e+]+/, `$1${value}`);
    expect(changed).not.toBe(config);
    await expect(openCheckpoint(folderWith({ 'config.json': text(changed) }))).rejects.toThrow(
      `config.json of The folder is damaged: "rope_theta" is ${value}, which JSON cannot hold`,
    );
  });

  test('a key twice, UTF-16 and half a file are damage', async () => {
    const opened = (content: Uint8Array<ArrayBuffer>) =>
      openCheckpoint(folderWith({ 'config.json': content }));
    await expect(opened(text('{"a":1,"a":2}'))).rejects.toThrow(/damaged: an object has the key "a" twice/);
    await expect(opened(Uint8Array.of(0xff, 0xfe, 0x7b, 0))).rejects.toThrow(
      /not even UTF-8 text \(4 bytes\)/,
    );
    await expect(opened(text('{"a":'))).rejects.toThrow(/is damaged: it is not JSON \(5 bytes\)/);
  });
});

describe('a tensor that the model does not use', () => {
  test.each<[string, number]>([
    ['I64', 8],
    ['BOOL', 1],
    ['U8', 1],
    ['F64', 8],
    ['F8_E5M2', 1],
  ])('may be of type %s', async (dtype, bytes) => {
    const weights = await editedWeights((entries, end) => {
      const data_offsets = [end, end + 10 * bytes];
      entries['model.embeddings.position_ids'] = { dtype, shape: [1, 10], data_offsets };
    }, 10 * bytes);
    const checkpoint = await openCheckpoint(folderWith({ 'model.safetensors': weights }));
    expect(checkedTensors(checkpoint).length).toBe(checkpoint.tensors.size - 1);
  });

  test('and one that it uses is refused by name and type', async () => {
    const block = 'model.transformer.blocks.1.mlp.ff_out.weight';
    const weights = await editedWeights((entries) => Object.assign(entries[block] ?? {}, { dtype: 'I32' }));
    const checkpoint = await openCheckpoint(folderWith({ 'model.safetensors': weights }));
    expect(() => checkedTensors(checkpoint)).toThrow(
      `tensor "${block}" is "I32"; F32, F16 and BF16 can be read.`,
    );
  });
});
