// Reads what a judge said. A verdict that is missing, or there twice, is no verdict: it must not count as a "no".

import { objectIn } from './json-in-text.ts';

/** The judge answered something that cannot be taken for what it was asked; the message says why, in a part of a sentence. */
export class UnreadableJudgement extends Error {
  override name = 'UnreadableJudgement';
}

function fieldOf(text: string, key: string): unknown {
  const value = objectIn(text);
  if (!value) throw new UnreadableJudgement('it is not one JSON object');
  return value[key];
}

/** The statements that a caption was taken apart into; those that are there twice count once. */
export function readStatements(text: string): string[] {
  const list = fieldOf(text, 'statements');
  if (!Array.isArray(list)) throw new UnreadableJudgement('it has no list "statements"');
  const statements = new Map<string, string>();
  list.forEach((item: unknown, i) => {
    if (typeof item !== 'string' || item.trim() === '')
      throw new UnreadableJudgement(`number ${i + 1} of its statements is no text`);
    const statement = item.trim().replace(/\s+/g, ' ');
    const plain = statement.toLowerCase().replace(/\.$/, '');
    if (!statements.has(plain)) statements.set(plain, statement);
  });
  return [...statements.values()];
}

/** Verdicts in the order of the statements. */
export interface Verdicts {
  readonly isSupported: readonly boolean[];
  readonly isCovered: readonly boolean[];
}

/** The verdicts about `stated` and `expected` statements. */
export function readVerdicts(text: string, stated: number, expected: number): Verdicts {
  return {
    isSupported: verdictsIn(text, 'caption', 'supported', stated),
    isCovered: verdictsIn(text, 'reference', 'covered', expected),
  };
}

function verdictsIn(text: string, side: string, verdict: string, count: number): boolean[] {
  const list = fieldOf(text, side);
  if (!Array.isArray(list)) throw new UnreadableJudgement(`it has no list "${side}"`);
  const verdicts = new Map<number, boolean>();
  for (const item of list as unknown[]) {
    const fields = (typeof item === 'object' ? item : null) as Readonly<Record<string, unknown>> | null;
    const [number, value] = [fields?.['number'], fields?.[verdict]];
    if (typeof number !== 'number' || !Number.isInteger(number) || number < 1 || number > count)
      throw new UnreadableJudgement(`"${side}" judges a statement that is none of the ${count}`);
    if (typeof value !== 'boolean')
      throw new UnreadableJudgement(`"${side}" says neither true nor false about statement ${number}`);
    if (verdicts.has(number)) throw new UnreadableJudgement(`"${side}" judges statement ${number} twice`);
    verdicts.set(number, value);
  }
  return Array.from({ length: count }, (_, i) => {
    const value = verdicts.get(i + 1);
    if (value === undefined) throw new UnreadableJudgement(`"${side}" does not judge statement ${i + 1}`);
    return value;
  });
}
