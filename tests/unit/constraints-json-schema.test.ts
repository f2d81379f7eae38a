import process from 'node:process';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { Grammars } from '../../src/constraints/grammars.ts';
import { seededRandom } from '../../src/decoder/sampling.ts';
import { randomSchema } from '../random-schema.ts';
import { randomText, verdictOf } from './guided-walk.ts';
import { readTokenizer } from './text-support.ts';

const tokenizer = readTokenizer(new URL('../../models/shapes/', import.meta.url));
const vocabSize = 512;
const schemas = Number(process.env['EXPECTED_SCHEMAS'] ?? 40);
const seed = Number(process.env['EXPECTED_SCHEMAS_SEED'] ?? 1);
const ajv = new Ajv({ strict: false, allowUnionTypes: true });

test(`${schemas} random schemas: random tokens that are allowed are JSON that validates (seed ${seed})`, () => {
  const grammars = new Grammars({ vocabSize, endIds: tokenizer.eosIds, piece: (id) => tokenizer.piece(id) });
  const random = seededRandom(seed);
  let ended = 0;
  for (let run = 0; run < schemas; run++) {
    const jsonSchema = randomSchema(random, 3);
    const guide = grammars.guide({ jsonSchema }, []);
    const answer = randomText(guide, tokenizer, vocabSize, random, 400);
    if (!answer.ended) continue;
    ended += 1;
    const about = `${answer.text} for ${JSON.stringify(jsonSchema)}`;
    expect(ajv.validate(jsonSchema, JSON.parse(answer.text)), about).toBe(true);
    expect(JSON.stringify(JSON.parse(answer.text)).length, about).toBeGreaterThan(0);
  }
  expect(ended).toBeGreaterThan(0.9 * schemas);
});

test('what validates is allowed, written compactly and over lines, in the order of the schema', () => {
  const random = seededRandom(seed + 1);
  let whole = 0;
  for (let run = 0; run < schemas; run++) {
    const jsonSchema = randomSchema(random, 3);
    const grammars = new Grammars({ vocabSize, endIds: tokenizer.eosIds, piece: (id) => tokenizer.piece(id) });
    const answer = randomText(grammars.guide({ jsonSchema }, []), tokenizer, vocabSize, random, 300);
    if (!answer.ended) continue;
    const value: unknown = JSON.parse(answer.text);
    const verdict = verdictOf({ jsonSchema });
    // Numbers are printed anew: 1e-9 may come back in a form that a bounded number cannot have, and 77E18 with more than the 15 digits
    // that stand together at most.
    if (/\de|\d{16}/.test(JSON.stringify(value))) continue;
    for (const indent of [0, 2, 4])
      expect(verdict(JSON.stringify(value, null, indent)), `${answer.text} ${JSON.stringify(jsonSchema)}`).toBe('whole');
    whole += 1;
  }
  expect(whole).toBeGreaterThan(0.7 * schemas);
}); // prettier-ignore

test.each([
  [{ type: 'integer', minimum: 3, maximum: 120 }, ['3', '9', '10', '99', '120'], ['2', '121', '03', '1200', '3.0', '-3']],
  [{ type: 'integer', exclusiveMinimum: -2, exclusiveMaximum: 2 }, ['-1', '0', '1'], ['-2', '2', '-0']],
  [{ type: 'integer', maximum: -5 }, ['-5', '-99', '-123456789012345'], ['-4', '5', '-1234567890123456']],
  [{ type: 'number', minimum: 0.25, exclusiveMaximum: 3 }, ['0.25', '0.3', '2', '2.0', '2.999999'], ['0.2', '0', '3', '3.0', '0.249999', '1e0']],
  [{ type: 'number', exclusiveMinimum: 0, maximum: 1 }, ['0.000001', '1', '1.0', '0.5'], ['0', '0.0', '1.000001', '-1']],
  [{ type: 'number' }, ['-1.5e-10', '0', '1E+9', '12.25'], ['01', '1.', '.5', '1e999', '+1']],
  [{ type: 'string', maxLength: 2 }, ['""', '"é日"', '"\\u00e9\\n"', '"\\"\\\\"'], ['"abc"', '"\n"', '"\\ud800"', '"\\x"']],
  [{ type: 'string', pattern: '^"\\n$' }, ['"\\"\\n"', '"\\"\\u000a"'], ['"\\n"', '"""']],
  [{ type: 'array', items: { type: 'boolean' }, maxItems: 2 }, ['[]', '[true]', '[true, false]', '[\n    true,\n    false\n]'], ['[true,]', '[,]', '[true,true,true]']],
  [{ type: 'object', properties: { a: { type: 'null' }, b: { type: 'null' } }, required: ['b'] }, ['{"b":null}', '{"a": null, "b": null}', '{\n  "a": null,\n  "b": null\n}'], ['{}', '{"b":null,"a":null}', '{"a":null}', '{"b":null,}', '{ ,"b":null}']],
  [{ type: 'object' }, ['{}', '{ }'], ['{"a":1}']],
  [{ enum: ['a', 1, null], type: ['string', 'null'] }, ['"a"', 'null'], ['1']],
])('%j', (jsonSchema, right, wrong) => {
  const verdict = verdictOf({ jsonSchema });
  for (const text of right) expect(verdict(text), text).toBe('whole');
  for (const text of wrong) expect(verdict(text), text).not.toBe('whole');
}); // prettier-ignore

describe('what has no place in a grammar is refused by its keyword and where it stands', () => {
  const name = 'options.expect.jsonSchema';
  test.each([
    [{ $ref: '#/$defs/a' }, `${name} has the keyword "$ref"`],
    [{ type: 'object', properties: {}, $defs: {} }, `${name} has the keyword "$defs"`],
    [{ type: 'object', properties: { a: { type: 'number', multipleOf: 2 } } }, `${name}.properties.a has the keyword "multipleOf"`],
    [{ type: 'array', items: { type: 'string' }, uniqueItems: true }, `${name} has the keyword "uniqueItems"`],
    [{ type: 'object', patternProperties: {} }, `${name} has the keyword "patternProperties"`],
    [{ type: 'string', format: 'date' }, `${name} has the keyword "format"`],
    [{ oneOf: [] }, `${name} has the keyword "oneOf"`],
    [{ allOf: [] }, `${name} has the keyword "allOf"`],
    [{ not: {} }, `${name} has the keyword "not"`],
    [{ type: 'string', maxLength: 3, pattern: 'a' }, `${name} has the keyword "maxLength", which is not supported beside "pattern"`],
    [{ anyOf: [{ type: 'null' }], type: 'string' }, `${name} has the keyword "type", which is not supported beside "anyOf"`],
    [{ type: 'string', minimum: 3 }, `${name} has the keyword "minimum", which is not supported in a schema of type "string"`],
    [{}, `${name} has no "type"`],
    [{ type: 'array' }, `${name} has no "items"`],
    [{ type: 'object', required: ['a'] }, `${name}.required names "a"`],
    [{ type: 'text' }, `${name}.type must be "object", "array"`],
    [{ type: 'number', minimum: 2, maximum: 1 }, `${name} allows no number`],
    [{ type: 'string', pattern: '(?=a)' }, `${name}.pattern has a lookahead`],
    [{ enum: [1], type: 'string' }, `${name} allows nothing`],
  ])('%j', (jsonSchema, message) => {
    expect(() => verdictOf({ jsonSchema })).toThrow(message);
    expect(() => verdictOf({ jsonSchema })).toThrow(RangeError);
  }); // prettier-ignore

  test.each([
    [7, 'must be a JSON schema such as'],
    [{ type: 'array', items: true }, `${name}.items must be a JSON schema such as`],
    [{ enum: [] }, `${name}.enum must be a list that is not empty`],
    [{ type: 'string', maxLength: -1 }, `${name}.maxLength must be an integer of 0 or more`],
    [{ type: 'number', minimum: '1' }, `${name}.minimum must be a number`],
    [{ type: 'object', properties: [] }, `${name}.properties must be an object`],
  ])('%j', (jsonSchema, message) => {
    expect(() => verdictOf({ jsonSchema } as never)).toThrow(message);
    expect(() => verdictOf({ jsonSchema } as never)).toThrow(TypeError);
  });
});
