// Splits a command line into options and words. Knows how many values an option takes, not what they mean.

import { UsageError } from './failure.ts';

/** `many` takes every argument up to the next option; `repeat` may be given several times, `one` only once. */
export type Takes = 'none' | 'one' | 'repeat' | 'many';

export interface ParsedArguments {
  /** Values by option; an option that takes none has an empty list. */
  readonly options: ReadonlyMap<string, readonly string[]>;
  /** What is no option and no value of one. */
  readonly words: readonly string[];
}

/** A dash and something that is no number. A single dash is a word. */
const looksLikeOption = (argument: string) => /^-(?!\.?\d)./.test(argument);

function unknownOption(argument: string, known: readonly string[]): UsageError {
  const name = argument.replace(/=.*$/s, '');
  const close = known.find((one) => one.startsWith(name) || name.startsWith(one));
  const hint = close ? `Did you mean ${close}?` : 'See --help for the list.';
  return new UsageError(
    `Unknown option ${name}. ${hint} Words that begin with a dash come after "--" (for example: -- "-5 + 3 = ?").`,
  );
}

/** The values of an option: from `=`, else the arguments behind it. */
function valuesOf(name: string, takes: Takes, inline: string | undefined, rest: readonly string[]): string[] {
  if (takes === 'none') {
    if (inline === undefined) return [];
    throw new UsageError(`${name} takes no value, got "${inline}". Write ${name} alone.`);
  }
  const stop = rest.findIndex(looksLikeOption);
  const following = stop < 0 ? rest : rest.slice(0, stop);
  const behind = takes === 'many' ? following : inline === undefined ? following.slice(0, 1) : [];
  const values = inline === undefined ? [...behind] : [inline, ...behind];
  if (values.length === 0)
    throw new UsageError(
      `${name} needs a value. Write ${name} VALUE, or ${name}=VALUE if the value begins with a dash.`,
    );
  if (values.includes('')) throw new UsageError(`${name} got an empty value. Write ${name} VALUE.`);
  return values;
}

/**
 * Parses `args`; `accepted` maps options (with their dashes) to what they take, `aliases` other spellings to options.
 * Throws UsageError.
 */
export function parseArguments(
  args: readonly string[],
  accepted: Readonly<Record<string, Takes>>,
  aliases: Readonly<Record<string, string>> = {},
): ParsedArguments {
  const options = new Map<string, readonly string[]>();
  const words: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const argument = args[at] ?? '';
    if (argument === '--') {
      words.push(...args.slice(at + 1));
      break;
    }
    if (!looksLikeOption(argument)) {
      words.push(argument);
      continue;
    }
    const equals = argument.indexOf('=');
    const spelled = equals < 0 ? argument : argument.slice(0, equals);
    const name = Object.hasOwn(aliases, spelled) ? (aliases[spelled] ?? spelled) : spelled;
    const takes = Object.hasOwn(accepted, name) ? accepted[name] : undefined;
    if (!takes) throw unknownOption(argument, Object.keys(accepted));
    const inline = equals < 0 ? undefined : argument.slice(equals + 1);
    const values = valuesOf(name, takes, inline, args.slice(at + 1));
    const before = options.get(name);
    if (before && takes === 'one') throw new UsageError(`${name} is given twice. Give it once.`);
    options.set(name, [...(before ?? []), ...values]);
    at += values.length - (inline === undefined ? 0 : 1);
  }
  return { options, words };
}
