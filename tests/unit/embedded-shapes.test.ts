import { expect, test } from 'vitest';
import { embeddedFiles } from '../../src/weights/source/embedded-shapes.ts';

const urls = {
  'config.json': 'https://example.test/models/shapes/config.json',
  'tokenizer.json': 'https://example.test/models/shapes/tokenizer.json',
};
const files = embeddedFiles(
  {
    label: 'shapes',
    read: (name) => Promise.resolve(name === 'config.json' ? new Uint8Array([7]) : null),
    readRange: (_, start, end) => Promise.resolve(new Uint8Array(end - start)),
  },
  urls,
);

test('a file of the embedded model is read', async () => {
  expect(await files.read('config.json')).toEqual(new Uint8Array([7]));
  expect(await files.readRange('config.json', 2, 5)).toHaveLength(3);
});

test('one that was left behind is an error that says where it belongs', async () => {
  await expect(files.read('tokenizer.json')).rejects.toMatchObject({
    code: 'network',
    message: expect.stringMatching(
      /tokenizer\.json was not found at https:.*Copy the folder models.*README/,
    ) as string,
  });
});

test('one that the model does not have is none', async () => {
  expect(await files.read('model.safetensors.index.json')).toBeNull();
});
