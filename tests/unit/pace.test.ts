import { expect, test } from 'vitest';
import { bytes, duration, pace } from '../../cli/bundle/pace.ts';

test('a line of progress tells bytes, speed and the time that is left, a few times a second', () => {
  let nowMs = 1000;
  const shown = pace(() => nowMs);
  expect(shown.line('Converting', 0, 19.4e9)).toBe('Converting: 0.00 GB of 19.40 GB');
  nowMs += 100;
  expect(shown.line('Converting', 40e6, 19.4e9)).toBe(null);
  nowMs += 900;
  expect(shown.line('Converting', 400e6, 19.4e9)).toBe(
    'Converting: 0.40 GB of 19.40 GB, 400 MB/s, 48 s left',
  );
  nowMs += 1;
  expect(shown.line('Converting', 19.4e9, 19.4e9)).toContain('19.40 GB of 19.40 GB');
});

test('the speed is that of the last seconds, and begins anew with another piece of work', () => {
  let nowMs = 0;
  const shown = pace(() => nowMs);
  for (let second = 0; second <= 20; second++) {
    shown.line('Writing', second * 1e6, 1e9);
    nowMs += 1000;
  }
  for (let second = 0; second < 20; second++) {
    shown.line('Writing', 20e6 + second * 10e6, 1e9);
    nowMs += 1000;
  }
  expect(shown.line('Writing', 220e6, 1e9)).toContain(', 10 MB/s, 78 s left');
  expect(shown.line('Checking', 0, 50e6)).toBe(null);
  nowMs += 1000;
  expect(shown.line('Checking', 25e6, 50e6)).toBe('Checking: 25.0 MB of 50.0 MB');
  nowMs += 1000;
  expect(shown.line('Checking', 30e6, 50e6)).toBe('Checking: 30.0 MB of 50.0 MB, 5 MB/s, 4.0 s left');
});

test.each([
  [0, '0.0 s'],
  [9949, '9.9 s'],
  [99_400, '99 s'],
  [120_000, '2 min'],
  [7_300_000, '2 h 2 min'],
])('%d ms are %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test('bytes are written in the unit of what they are a part of', () => {
  expect([bytes(2.5e6), bytes(1e6, 3e9), bytes(3e9)]).toEqual(['2.5 MB', '0.00 GB', '3.00 GB']);
});
