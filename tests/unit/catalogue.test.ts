import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { embeddedFacts } from '../../scripts/embedded-facts.ts';
import { catalogueModel, catalogueSchema, modelNames } from '../../src/weights/source/catalogue.ts';
import { releasedFacts } from '../catalogue-facts.ts';

const text = readFileSync(new URL('../../weights.manifest.json', import.meta.url), 'utf8');

test('weights.manifest.json follows its schema', () => {
  expect(v.safeParse(catalogueSchema, JSON.parse(text)).issues).toBeUndefined();
  expect(modelNames).toEqual(['shapes', 'molmo2-4b', 'molmo2-8b', 'molmo2-o-7b']);
});

test.each([
  ['molmo2-4b', true, 4_850_869_200],
  ['molmo2-8b', false, 8_661_703_120],
  ['molmo2-o-7b', false, 7_760_786_896],
] as const)('%s has the sizes that its shapes imply', (name, tied, parameters) => {
  const { about: _about, source, ...facts } = catalogueModel(name)!;
  expect(facts).toEqual(releasedFacts(name, tied));
  // The published counts of the released files, which are F32.
  expect(facts.parameters).toBe(parameters);
  expect(source).toMatchObject({ kind: 'hub', checkpointBytes: parameters * 4 });
});

test('shapes has the sizes of its folder', () => {
  const { about: _about, source, ...facts } = catalogueModel('shapes')!;
  expect(facts).toEqual(embeddedFacts(new URL('../../models/shapes/', import.meta.url)));
  expect(source).toEqual({ kind: 'embedded', folder: 'models/shapes' });
});

test('names that are no models are none, also those every object has', () => {
  expect(catalogueModel('molmo9')).toBeNull();
  expect(catalogueModel('constructor')).toBeNull();
});
