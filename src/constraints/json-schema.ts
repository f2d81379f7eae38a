// A JSON schema -> the terms of the JSON texts that it allows. Keys come in the order of the schema and nothing else than what it
// names is written. What has no place in a grammar is refused by the name of its keyword.

import { blankTerm, patternTerm, stringTerm } from './json-text.ts';
import { numberTerm } from './json-number.ts';
import type { Term, Terms } from './terms.ts';

type Schema = Readonly<Record<string, unknown>>;

const typeNames = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'] as const;
type TypeName = (typeof typeNames)[number];

/** Keywords that say nothing about what is allowed. */
const remarks = new Set([
  '$schema',
  '$id',
  '$comment',
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
]);
const numberKeywords = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'];
const keywords: Readonly<Record<TypeName, readonly string[]>> = {
  object: ['properties', 'required', 'additionalProperties'],
  array: ['items', 'minItems', 'maxItems'],
  string: ['minLength', 'maxLength', 'pattern'],
  number: numberKeywords,
  integer: numberKeywords,
  boolean: [],
  null: [],
};

/** `name` is what the schema is called in errors, which are TypeErrors and RangeErrors. */
export function schemaTerm(terms: Terms, schema: unknown, name: string): Term {
  return valueTerm({ terms, name, level: 0 }, schema);
}

/** Where a part of a schema stands. */
interface Place {
  readonly terms: Terms;
  readonly name: string;
  /** How deep its values are in others. */
  readonly level: number;
}

const inside = (place: Place, step: string): Place => ({ ...place, name: `${place.name}.${step}` });
const deeper = (place: Place, step: string): Place => ({ ...inside(place, step), level: place.level + 1 });

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function valueTerm(place: Place, schema: unknown): Term {
  const { terms, name } = place;
  if (!isObject(schema))
    throw new TypeError(
      `${name} must be a JSON schema such as { type: "string" }, got ${JSON.stringify(schema) ?? String(schema)}.`,
    );
  if (schema['anyOf'] !== undefined) {
    checkKeywords(place, schema, ['anyOf'], 'beside "anyOf"');
    const choices = listOf(inside(place, 'anyOf'), schema['anyOf']);
    return terms.either(...choices.map((one, i) => valueTerm(inside(place, `anyOf[${i}]`), one)));
  }
  if ('const' in schema || schema['enum'] !== undefined) return listedTerm(place, schema);
  const types = typesOf(place, schema);
  checkKeywords(
    place,
    schema,
    ['type', ...types.flatMap((type) => keywords[type])],
    `in a schema of type "${types.join('", "')}"`,
  );
  return terms.either(...types.map((type) => typedTerm(place, schema, type)));
}

function checkKeywords({ name }: Place, schema: Schema, allowed: readonly string[], where: string): void {
  for (const [keyword, value] of Object.entries(schema))
    if (value !== undefined && !allowed.includes(keyword) && !remarks.has(keyword))
      throw new RangeError(
        `${name} has the keyword "${keyword}", which is not supported ${where}. Leave it out, and check the answer for it.`,
      );
}

function typesOf({ name }: Place, schema: Schema): readonly TypeName[] {
  const { type } = schema;
  const given = Array.isArray(type) ? (type as readonly unknown[]) : [type ?? impliedType(schema)];
  const types = given.map((one) => typeNames.find((known) => known === one));
  const unknown = given.find((_, i) => types[i] === undefined);
  if (unknown !== undefined)
    throw new RangeError(
      `${name}.type must be ${typeNames.map((known) => `"${known}"`).join(', ')}, or a list of them; got ${JSON.stringify(unknown)}.`,
    );
  if (given.length === 0 || types.includes(undefined)) {
    const [keyword] = Object.keys(schema).filter((key) => !remarks.has(key));
    throw new RangeError(
      keyword === undefined
        ? `${name} has no "type", so that everything is allowed. Say what is wanted.`
        : `${name} has the keyword "${keyword}", which is not supported without "type".`,
    );
  }
  return types.filter((known) => known !== undefined);
}

function impliedType(schema: Schema): TypeName | undefined {
  if (schema['properties'] !== undefined) return 'object';
  return schema['items'] === undefined ? undefined : 'array';
}

/** `enum` and `const`: values that are written as they are. */
function listedTerm(place: Place, schema: Schema): Term {
  const isConst = 'const' in schema;
  const keyword = isConst ? 'const' : 'enum';
  checkKeywords(place, schema, ['type', keyword], `beside "${keyword}"`);
  const values = isConst ? [schema['const']] : listOf(inside(place, 'enum'), schema['enum']);
  const types = schema['type'] === undefined ? null : typesOf(place, schema);
  const fitting = values.filter((value) => types === null || types.some((type) => isOfType(value, type)));
  if (fitting.length === 0)
    throw new RangeError(`${place.name} allows nothing: no value of its "${keyword}" is of its "type".`);
  return place.terms.either(...fitting.map((value) => literalTerm(inside(place, keyword), value)));
}

function isOfType(value: unknown, type: TypeName): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isObject(value);
  return type === 'integer' ? Number.isInteger(value) : typeof value === type;
}

/** A value of JSON, with the blanks that may stand in it. */
function literalTerm(place: Place, value: unknown): Term {
  const { terms } = place;
  if (Array.isArray(value)) {
    const items = value.map((one: unknown) => literalTerm(deeper(place, 'items'), one));
    return enclosed(place, '[', separated(place, items), ']');
  }
  if (isObject(value)) {
    const entries = Object.entries(value).map(([key, one]) =>
      entryTerm(place, key, literalTerm(deeper(place, key), one)),
    );
    return enclosed(place, '{', separated(place, entries), '}');
  }
  const text = JSON.stringify(value);
  if (text === undefined || (typeof value === 'number' && !Number.isFinite(value)))
    throw new TypeError(`${place.name} has the value ${String(value)}, which is not in JSON.`);
  return terms.text(text);
}

function typedTerm(place: Place, schema: Schema, type: TypeName): Term {
  const { terms, name } = place;
  switch (type) {
    case 'object':
      return objectTerm(place, schema);
    case 'array':
      return arrayTerm(place, schema);
    case 'string':
      return wordTerm(place, schema);
    case 'number':
    case 'integer':
      return boundedTerm(place, schema, type === 'integer');
    case 'boolean':
      return terms.either(terms.text('true'), terms.text('false'));
    case 'null':
      return terms.text('null');
    default:
      throw new RangeError(`${name}.type is unknown.`);
  }
}

function objectTerm(place: Place, schema: Schema): Term {
  const { terms, name } = place;
  const { properties = {}, required = [], additionalProperties } = schema;
  if (!isObject(properties)) throw new TypeError(`${name}.properties must be an object of schemas.`);
  const names = listOf(inside(place, 'required'), required, 0);
  const missing = names.find((key) => typeof key !== 'string' || !Object.hasOwn(properties, key));
  if (missing !== undefined)
    throw new RangeError(`${name}.required names ${JSON.stringify(missing)}, which "properties" lacks.`);
  if (!['boolean', 'undefined'].includes(typeof additionalProperties) && !isObject(additionalProperties))
    throw new TypeError(`${name}.additionalProperties must be true, false or a schema.`);
  const entries = Object.entries(properties).map(([key, value]) => ({
    isRequired: names.includes(key),
    term: entryTerm(place, key, valueTerm(deeper(place, `properties.${key}`), value)),
  }));
  // From the last one to the first: what follows once something was written, and while nothing was.
  let [behind, first] = [terms.empty, terms.empty];
  for (const { term, isRequired } of entries.toReversed()) {
    const written = terms.sequence(term, behind);
    const skipped = isRequired ? terms.never : first;
    const alsoSkipped = isRequired ? terms.never : behind;
    first = terms.either(written, skipped);
    behind = terms.either(terms.sequence(commaTerm(place), written), alsoSkipped);
  }
  return enclosed(place, '{', first, '}');
}

function arrayTerm(place: Place, schema: Schema): Term {
  const { terms, name } = place;
  const least = countOf(place, schema, 'minItems') ?? 0;
  const most = countOf(place, schema, 'maxItems') ?? Infinity;
  if (least > most) throw new RangeError(`${name} has minItems ${least} and maxItems ${most}.`);
  if (schema['items'] === undefined && most > 0)
    throw new RangeError(`${name} has no "items", so that everything is allowed. Say what is wanted.`);
  if (most === 0) return enclosed(place, '[', terms.empty, ']');
  const item = valueTerm(deeper(place, 'items'), schema['items']);
  const more = terms.repeat(terms.sequence(commaTerm(place), item), Math.max(0, least - 1), most - 1);
  const items = terms.sequence(item, more);
  return enclosed(place, '[', least === 0 ? terms.optional(items) : items, ']');
}

function wordTerm(place: Place, schema: Schema): Term {
  const { terms, name } = place;
  const { pattern } = schema;
  const least = countOf(place, schema, 'minLength');
  const most = countOf(place, schema, 'maxLength');
  if (pattern === undefined) {
    if ((least ?? 0) > (most ?? Infinity))
      throw new RangeError(`${name} has minLength ${least} and maxLength ${most}.`);
    return stringTerm(terms, least ?? 0, most ?? Infinity);
  }
  if (typeof pattern !== 'string') throw new TypeError(`${name}.pattern must be a string.`);
  checkKeywords(place, schema, ['type', 'pattern'], 'beside "pattern"');
  return patternTerm(terms, patternOf(pattern, `${name}.pattern`), `${name}.pattern`);
}

function patternOf(pattern: string, name: string): RegExp {
  try {
    return new RegExp(pattern, 'u');
  } catch (cause) {
    throw new RangeError(`${name} is no regular expression: ${String(cause)}.`, { cause });
  }
}

function boundedTerm(place: Place, schema: Schema, isInteger: boolean): Term {
  const [least, above, most, below] = ['minimum', 'exclusiveMinimum', 'maximum', 'exclusiveMaximum'].map(
    (keyword) => boundOf(place, schema, keyword),
  );
  const isAboveLeast = above !== undefined && (least === undefined || above >= least);
  const isBelowMost = below !== undefined && (most === undefined || below <= most);
  const bounds = {
    isInteger,
    least: (isAboveLeast ? above : least) ?? null,
    isAboveLeast,
    most: (isBelowMost ? below : most) ?? null,
    isBelowMost,
  };
  return numberTerm(place.terms, bounds, place.name);
}

function boundOf({ name }: Place, schema: Schema, keyword: string): number | undefined {
  const value = schema[keyword];
  if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) return value;
  throw new TypeError(`${name}.${keyword} must be a number, got ${JSON.stringify(value)}.`);
}

function countOf({ name }: Place, schema: Schema, keyword: string): number | undefined {
  const value = schema[keyword];
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new TypeError(`${name}.${keyword} must be an integer of 0 or more, got ${JSON.stringify(value)}.`);
}

function listOf({ name }: Place, value: unknown, least = 1): readonly unknown[] {
  if (Array.isArray(value) && value.length >= least) return value;
  throw new TypeError(
    `${name} must be a list${least > 0 ? ' that is not empty' : ''}, got ${JSON.stringify(value)}.`,
  );
}

function entryTerm({ terms }: Place, key: string, value: Term): Term {
  return terms.sequence(terms.text(`${JSON.stringify(key)}:`), terms.optional(terms.text(' ')), value);
}

function commaTerm({ terms, level }: Place): Term {
  return terms.sequence(terms.text(','), blankTerm(terms, level + 1));
}

function separated(place: Place, parts: readonly Term[]): Term {
  return place.terms.sequence(...parts.flatMap((part, i) => (i === 0 ? [part] : [commaTerm(place), part])));
}

/** What stands between brackets; nothing may stand between them where it may be empty. */
function enclosed({ terms, level }: Place, open: string, inner: Term, close: string): Term {
  const before = blankTerm(terms, level + 1);
  const behind = terms.sequence(blankTerm(terms, level), terms.text(close));
  const filled = inner === terms.empty ? terms.never : terms.sequence(before, inner, behind);
  return terms.sequence(terms.text(open), terms.either(filled, terms.mayEnd(inner) ? behind : terms.never));
}
