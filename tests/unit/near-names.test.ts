// Names that are nearly right.

import { describe, expect, test } from 'vitest';
import { openSource } from '../../cli/convert/source.ts';
import { openFiles } from '#weights/source/open-files';
import { closest } from '../../src/weights/source/closest.ts';
import { modelSource } from '../../src/weights/source/model-source.ts';
import { hubPage } from '../../src/weights/source/near-names.ts';

const read = (model: string) => openFiles(modelSource(model, null)).read('config.json');

describe('a model that nobody knows', () => {
  test.each([
    ['allenai/Molmo2-4B', 'Write hf:allenai/Molmo2-4B for that model of the hub.'],
    ['someone/else', 'Write hf:someone/else for that model of the hub.'],
    ['molmo2-4B', 'Did you mean molmo2-4b?'],
    ['Molmo2-8b', 'Did you mean molmo2-8b?'],
    ['molmo2_4b', 'Did you mean molmo2-4b?'],
    ['molmo-4b', 'Did you mean molmo2-4b?'],
    ['shape', 'Did you mean shapes?'],
  ])('%s: %s', async (name, advice) => {
    await expect(read(name)).rejects.toThrow(`nor a folder on this machine. ${advice}`);
    await expect(read(name)).rejects.toMatchObject({ code: 'unknown-model' });
    expect(() => modelSource(name, 'https://page.example/')).toThrow(
      `No model is called "${name}". ${advice}`,
    );
  });

  test.each(['llava', 'a/b/c', '/nowhere/at/all', 'my models'])('%s gets no advice', async (name) => {
    await expect(read(name)).rejects.toThrow(/nor a folder on this machine\. Give the folder/);
  });
});

describe('the address of a page on the hub', () => {
  test.each([
    ['https://huggingface.co/allenai/Molmo2-4B', 'hf:allenai/Molmo2-4B'],
    ['https://huggingface.co/allenai/Molmo2-4B/', 'hf:allenai/Molmo2-4B'],
    ['https://huggingface.co/allenai/Molmo2-4B/tree/main', 'hf:allenai/Molmo2-4B'],
    ['https://huggingface.co/allenai/Molmo2-4B/tree/v1.0?x=1', 'hf:allenai/Molmo2-4B@v1.0'],
    ['https://hf.co/allenai/Molmo2-4B#files', 'hf:allenai/Molmo2-4B'],
    ['https://huggingface.co/allenai/Molmo2-4B/blob/main/config.json', 'hf:allenai/Molmo2-4B'],
  ])('%s is refused with %s', (address, wanted) => {
    for (const base of [null, 'https://page.example/'])
      expect(() => modelSource(address, base)).toThrow(`Write ${wanted} to load it.`);
  });

  test('is known at another hub, too', () => {
    const hub = { endpoint: 'http://127.0.0.1:8391' };
    expect(() => modelSource('http://127.0.0.1:8391/me/tiny', null, hub)).toThrow(
      'Write hf:me/tiny to load it.',
    );
    expect(hubPage('http://127.0.0.1:8392/me/tiny', hub.endpoint)).toBe(null);
  });

  test.each([
    'https://huggingface.co/allenai/Molmo2-4B/resolve/main/',
    'https://example.org/models/mine',
    'https://huggingface.co/allenai',
  ])('%s is none', (address) => {
    expect(modelSource(address, null).kind).toBe('folder-url');
  });
});

test.each([
  ['https://huggingface.co/allenai/Molmo2-4B', /or hf:allenai\/Molmo2-4B for a model on the hub\.$/],
  ['https://example.org/x', /or hf:OWNER\/NAME for a model on the hub\.$/],
  ['molmo2-4b', /SRC is the name of a released model; write hf:allenai\/Molmo2-4B to convert it\.$/],
  ['allenai/Molmo2-4B', /Write hf:allenai\/Molmo2-4B/],
])('convert says what to write for %s', async (source, message) => {
  await expect(openSource(source, new AbortController().signal)).rejects.toThrow(message);
});

test.each([
  ['abc', ['abd', 'xyz'], 'abd'],
  ['acb', ['abc'], 'abc'],
  ['abcdef', ['abcxyz'], null],
  ['', ['abc'], null],
  ['ABC', ['abc', 'ABD'], 'abc'],
])('the closest of names to "%s"', (name, names, wanted) => {
  expect(closest(name, names)).toBe(wanted);
});
