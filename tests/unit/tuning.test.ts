import { describe, expect, test } from 'vitest';
import { portableCapabilities } from '../../src/gpu/capabilities.ts';
import { chooseLinear, linearVariants, workClass, type LinearWork } from '../../src/kernels/choose.ts';
import { percentile, tuningClasses, winner } from '../../src/kernels/tuning.ts';
import { race } from '../../src/engine/tune/tune-race.ts';
import { choicesOf, entryText, tuningKey } from '../../src/engine/tune/tuned-entry.ts';

const work: LinearWork = { op: 'linear', rows: 512, columns: 2560, k: 1024, format: 'q4', inFours: true };
const capabilities = { ...portableCapabilities, f16: true, f16Bits: true, subgroupSize: 32 };
const kernels = { capabilities, tuned: {} };

describe('classes of work', () => {
  test('rows are told apart where another kernel may win, and not more', () => {
    const of = (rows: number) => workClass({ ...work, rows });
    expect(of(1)).not.toBe(of(2));
    expect(of(300)).toBe(of(830));
    expect(of(830)).not.toBe(of(2048));
    expect(of(2048)).toBe(of(33_000));
  });

  test('each class comes once, with the variants of its work in order', () => {
    const classes = tuningClasses(kernels, [work, { ...work, rows: 600 }, { ...work, rows: 1 }]);
    expect(classes.map(({ name }) => name)).toEqual([workClass(work), workClass({ ...work, rows: 1 })]);
    expect(classes[0]?.variants).toEqual(linearVariants(kernels, work));
  });

  test('a tuned variant overrules the choice only where it is one that can do the work', () => {
    const tuned = (variant: string) =>
      chooseLinear({ capabilities, tuned: { [workClass(work)]: variant } }, work);
    expect(chooseLinear(kernels, work)).toBe('matmul-tile');
    expect(tuned('matmul')).toBe('matmul');
    expect(tuned('matmul-lanes')).toBe('matmul-tile');
    expect(tuned('nonsense')).toBe('matmul-tile');
  });
});

describe('who wins', () => {
  const times = (variant: string, ...ms: number[]) => ({ variant, ms });

  test.each([
    ['the first, when another is only a little faster', [times('b', 96, 96, 96)], 'a'],
    ['another that is 5% faster', [times('b', 95, 95, 95)], 'b'],
    ['the fastest of several', [times('b', 90, 90, 90), times('c', 50, 50, 50), times('d', 60, 60, 60)], 'c'],
    ['the first, when another loses in its slow rounds', [times('b', 50, 50, 101)], 'a'],
  ])('%s', (_, others, expected) => {
    expect(winner(times('a', 100, 100, 100), others)).toBe(expected);
  });

  test('a percentile is one of the times', () => {
    expect(percentile([5, 1, 3], 0.5)).toBe(3);
    expect(percentile([5, 1, 3], 0.95)).toBe(5);
    expect(percentile([], 0.5)).toBe(Infinity);
  });
});

describe('a race', () => {
  /** A clock that moves by what the variants take. */
  function clock(speed: Readonly<Record<string, number>>) {
    let ms = 0;
    const order: string[] = [];
    const time = (variant: string) => {
      order.push(variant);
      ms += speed[variant] ?? 0;
      return Promise.resolve(speed[variant] ?? 0);
    };
    return { time, now: () => ms, order };
  }

  test('finds the faster variant and changes the order from round to round', async () => {
    const { time, now, order } = clock({ a: 10, b: 5 });
    expect(await race(['a', 'b'], time, now, 10_000)).toBe('b');
    expect(order.slice(0, 4)).toEqual(['a', 'b', 'b', 'a']);
    expect(order).toHaveLength(18);
  });

  test('decides with the whole rounds that fit the time', async () => {
    const { time, now } = clock({ a: 10, b: 5 });
    expect(await race(['a', 'b'], time, now, 50)).toBe('b');
  });

  test('decides nothing before three rounds', async () => {
    const { time, now, order } = clock({ a: 10, b: 5 });
    expect(await race(['a', 'b'], time, now, 30)).toBeNull();
    expect(order.length).toBeLessThanOrEqual(5);
  });

  test('one variant wins alone', async () => {
    const { time, now } = clock({ a: 10 });
    expect(await race(['a'], time, now, 1000)).toBe('a');
  });
});

describe('what is kept', () => {
  const adapter = { vendor: 'v', architecture: 'a', description: 'driver 1', isFallbackAdapter: false };
  const key = tuningKey(adapter, capabilities, 'browser 1');
  const choices = { [workClass(work)]: 'matmul-tile' };

  test('comes back under its key', () => {
    expect(choicesOf(key, entryText(key, choices))).toEqual(choices);
  });

  test('another driver, browser or capability is another key', () => {
    expect(tuningKey({ ...adapter, description: 'driver 2' }, capabilities, 'browser 1')).not.toBe(key);
    expect(tuningKey(adapter, capabilities, 'browser 2')).not.toBe(key);
    expect(tuningKey(adapter, { ...capabilities, f16: false }, 'browser 1')).not.toBe(key);
    expect(choicesOf(`${key}!`, entryText(key, choices))).toBeNull();
  });

  test.each([
    ['nothing', ''],
    ['half an entry', entryText(key, choices).slice(0, 40)],
    ['no object', '7'],
    ['an older version', entryText(key, choices).replace('"version":2', '"version":1')],
    ['choices that are no names', JSON.stringify({ version: 2, key, choices: { a: 1 } })],
    ['a list of choices', JSON.stringify({ version: 2, key, choices: null })],
  ])('%s counts as no entry', (_, text) => {
    expect(choicesOf(key, text)).toBeNull();
  });
});
