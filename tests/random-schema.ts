// Random JSON schemas of the keywords that an answer can be held to.

type Schema = Record<string, unknown>;

const words = ['name', 'a b', 'größe', 'x"y', 'count', 'tags', '日付', 'ok'];
const patterns = [
  '^[a-z]{2,5}$',
  '^\\d{4}-\\d{2}$',
  'é|"',
  '^(?:left|right)\\b?'.replace('\\b?', ''),
  '^[^\\n]{1,8}$',
];

/** Nested at most `depth` deep. */
export function randomSchema(random: () => number, depth: number): Schema {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const upTo = (most: number) => Math.floor(random() * (most + 1));
  const maybe = (schema: Schema): Schema => (random() < 0.5 ? schema : {});
  const makers: readonly (() => Schema)[] = [
    () => ({ type: 'boolean' }),
    () => ({ type: 'null', description: 'nothing' }),
    () => ({ type: pick(['integer', 'number']) }),
    () => {
      const low = pick([-1000, -12, 0, 7, 0.25, -3.5]);
      const high = low + pick([2, 3, 90.5, 1e4]); // with 1 there may be no integer between them
      return {
        type: pick(['integer', 'number']),
        ...maybe({ [pick(['minimum', 'exclusiveMinimum'])]: low }),
        ...maybe({ [pick(['maximum', 'exclusiveMaximum'])]: high }),
      };
    },
    () => ({ type: 'string', ...maybe({ minLength: upTo(3) }), maxLength: 3 + upTo(9) }),
    () => ({ type: 'string', pattern: pick(patterns) }),
    () => ({ enum: [pick(words), upTo(9), null, { [pick(words)]: [true, 'q'] }].slice(upTo(2)) }),
    () => ({ const: pick<unknown>(['fixed', -0.5, [1, [2]], {}]) }),
    () => ({ type: ['string', 'null'], maxLength: 5 }),
    () => ({ anyOf: [randomSchema(random, depth - 1), randomSchema(random, depth - 1)] }),
    () => {
      const minItems = upTo(2);
      return {
        type: 'array',
        items: randomSchema(random, depth - 1),
        minItems,
        maxItems: minItems + upTo(3),
      };
    },
    () => {
      const names = words.filter(() => random() < 0.5);
      return {
        type: 'object',
        properties: Object.fromEntries(names.map((name) => [name, randomSchema(random, depth - 1)])),
        required: names.filter(() => random() < 0.6),
        ...maybe({ additionalProperties: pick([true, false]) }),
      };
    },
  ];
  return pick(depth > 0 ? makers : makers.slice(0, 9))();
}
