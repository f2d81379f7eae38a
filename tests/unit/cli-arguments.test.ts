import { describe, expect, test } from 'vitest';
import { parseArguments, type Takes } from '../../cli/arguments.ts';
import { UsageError } from '../../cli/failure.ts';

const accepted: Record<string, Takes> = {
  '--one': 'one',
  '--each': 'repeat',
  '--many': 'many',
  '--on': 'none',
};

function parse(...args: string[]) {
  const { options, words } = parseArguments(args, accepted, { '--single': '--one' });
  return { ...Object.fromEntries(options), words };
}

describe('parseArguments', () => {
  test.each<[string, string[], object]>([
    ['nothing', [], { words: [] }],
    ['a word alone', ['hello'], { words: ['hello'] }],
    ['an option, then a word', ['--one', 'a', 'hello'], { '--one': ['a'], words: ['hello'] }],
    ['a value behind =', ['--one=a=b', 'hello'], { '--one': ['a=b'], words: ['hello'] }],
    ['another spelling', ['--single', 'a'], { '--one': ['a'], words: [] }],
    ['a negative number as a value', ['--one', '-1', '--each', '-.5'], { '--one': ['-1'], '--each': ['-.5'], words: [] }],
    ['a single dash as a value', ['--one', '-'], { '--one': ['-'], words: [] }],
    ['a dash in a value behind =', ['--one=--odd'], { '--one': ['--odd'], words: [] }],
    ['an option several times', ['--each', 'a', '--each=b', 'q'], { '--each': ['a', 'b'], words: ['q'] }],
    ['every argument up to an option', ['--many', 'a', 'b', '--on', 'q'], { '--many': ['a', 'b'], '--on': [], words: ['q'] }],
    ['every argument up to --', ['--many', 'a', 'b', '--', 'q'], { '--many': ['a', 'b'], words: ['q'] }],
    ['arguments behind the first in =', ['--many=a', 'b', '--', 'q'], { '--many': ['a', 'b'], words: ['q'] }],
    ['options behind -- as words', ['--', '--one', '-x'], { words: ['--one', '-x'] }],
    ['an empty word', ['--on', ''], { '--on': [], words: [''] }],
    ['words before options', ['q', '--one', 'a'], { '--one': ['a'], words: ['q'] }],
  ])('reads %s', (_, args, expected) => {
    expect(parse(...args)).toEqual(expected);
  }); // prettier-ignore

  test.each<[string, string[], string]>([
    ['an unknown option', ['--two'], 'Unknown option --two. See --help'],
    ['an unknown short option', ['-x'], 'Unknown option -x.'],
    ['an option written too short', ['--eac=1'], 'Unknown option --eac. Did you mean --each?'],
    ['a property of every object', ['--constructor'], 'Unknown option --constructor.'],
    ['a missing value at the end', ['--one'], '--one needs a value. Write --one VALUE'],
    ['a missing value before an option', ['--many', '--on'], '--many needs a value.'],
    ['a missing value before --', ['--one', '--', 'q'], '--one needs a value.'],
    ['an empty value', ['--one='], '--one got an empty value.'],
    ['an empty value among many', ['--many', 'a', ''], '--many got an empty value.'],
    ['a value where none belongs', ['--on=yes'], '--on takes no value, got "yes".'],
    ['a second value', ['--one', 'a', '--single', 'b'], '--one is given twice.'],
  ])('refuses %s', (_, args, message) => {
    expect(() => parse(...args)).toThrow(UsageError);
    expect(() => parse(...args)).toThrow(message);
  });
});
