import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Molmo2Error } from '../../src/errors.ts';
import { embeddedFiles } from '../../src/weights/source/embedded-files.ts';
import { embeddedShapes } from '../../src/weights/source/embedded-shapes.ts';

const url = 'https://example.test/models/shapes/model.safetensors';
const missing = new Molmo2Error('bad-checkpoint', 'shapes has no model.safetensors.');
const weights = (there: boolean) =>
  embeddedFiles(
    {
      label: 'shapes',
      read: () => Promise.resolve(null),
      readRange: (_, start, end) =>
        there ? Promise.resolve(new Uint8Array(end - start)) : Promise.reject(missing),
    },
    { 'model.safetensors': url },
  );

test('every file of the folder is a text in the module or has an address', async () => {
  const names = readdirSync('models/shapes');
  expect(names.length).toBeGreaterThan(5);
  for (const name of names.filter((one) => !(one in embeddedShapes()))) {
    const bytes = new Uint8Array(readFileSync(`models/shapes/${name}`));
    expect(await weights(true).read(name), name).toEqual(bytes);
    expect(await weights(true).byteLength?.(name), name).toBe(bytes.byteLength);
    expect(await weights(true).readRange(name, 2, 5), name).toEqual(bytes.slice(2, 5));
  }
});

test('the weights are read from their address', async () => {
  expect(await weights(true).readRange('model.safetensors', 2, 5)).toHaveLength(3);
});

test('weights that were left behind are an error that says where they belong', async () => {
  await expect(weights(false).readRange('model.safetensors', 0, 8)).rejects.toMatchObject({
    code: 'network',
    message: expect.stringMatching(
      /model\.safetensors was not found at https:.*Copy the folder models.*where-it-runs/,
    ) as string,
  });
});

test('a file that the model does not have is none', async () => {
  expect(await weights(true).read('model.safetensors.index.json')).toBeNull();
});
