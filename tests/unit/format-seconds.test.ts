import { expect, test } from 'vitest';
import { formatSeconds } from '../../src/text/format-seconds.ts';

test.each([
  [0, '0.0'],
  [0.25, '0.2'], // exact ties go to the even digit
  [0.75, '0.8'],
  [1.25, '1.2'],
  [2.25, '2.2'],
  [2.75, '2.8'],
  [1023.25, '1023.2'],
  [2 ** 50 + 0.25, '1125899906842624.2'], // so large that subtracting a twentieth would change nothing
  [0.05, '0.1'], // the double is a little above the decimal
  [0.15, '0.1'], // and here a little below
  [0.35, '0.3'],
  [0.45, '0.5'],
  [8.349999999999, '8.3'],
  [9.96, '10.0'],
  [128.5, '128.5'],
  [-0.25, '-0.2'],
  [-0.75, '-0.8'],
])('%d seconds are written %s', (sec, text) => {
  expect(formatSeconds(sec)).toBe(text);
});

test('every multiple of 1/64 up to 200 is rounded half to even', () => {
  for (let k = 0; k < 200 * 64; k++) {
    // In whole 640ths the tenths are exact: k/64 = 10k/640, one tenth = 64/640.
    const tenths = Math.floor((k * 10) / 64);
    const rest = k * 10 - tenths * 64;
    const rounded = rest > 32 || (rest === 32 && tenths % 2 === 1) ? tenths + 1 : tenths;
    expect(formatSeconds(k / 64)).toBe(`${Math.floor(rounded / 10)}.${rounded % 10}`);
  }
});
