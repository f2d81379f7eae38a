// Models that are loaded, asked and disposed over and over leave no buffer and no memory behind, also those that are cut short.

import { execFileSync } from 'node:child_process';
import process from 'node:process';
import { expect, test } from 'vitest';
import type { Cycle } from '../leaks/cycles.ts';

const cycles = Number(process.env['LEAK_CYCLES'] ?? 4);
const seed = Number(process.env['LEAK_SEED'] ?? 1);

function run(): Cycle[] {
  const program = ['--expose-gc', 'scripts/run.mjs', 'tests/leaks/cycles.ts'];
  const args = [...program, String(cycles), String(seed)];
  const output = execFileSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines = output.split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line) as Cycle);
}

const megabytes = (bytes = 0) => (bytes / 1e6).toFixed(1);

test(`${cycles} loads, every other one cut short at a random moment, leave no buffer and a flat heap (seed ${seed})`, () => {
  const all = run();
  expect(all).toHaveLength(cycles);
  expect(all.map(({ buffers }) => buffers)).toEqual(all.map(() => 0));
  // Work under way ends, and nothing begins but copies of what is there already.
  expect(Math.max(...all.map(({ submits }) => submits))).toBeLessThanOrEqual(2);
  // Code that gets hot is compiled and stays: the heap is flat from the second half on, or after 40 cycles.
  const warm = all[Math.min(40, Math.floor(all.length / 2))];
  const last = all.at(-1);
  expect(last?.heapBytes).toBeLessThan(1.05 * (warm?.heapBytes ?? 0));
  const cut = all.filter(({ how }) => how !== 'whole');
  const ms = cut.flatMap(({ settleMs }) => settleMs ?? []).sort((a, b) => a - b);
  console.log(
    `heap ${megabytes(all[0]?.heapBytes)}, ${megabytes(warm?.heapBytes)}, ${megabytes(last?.heapBytes)} MB; process ` +
      `${megabytes(all[0]?.processBytes)} to ${megabytes(last?.processBytes)} MB; ${cut.length} were cut, ` +
      `${cut.filter(({ how }) => how === 'in the load').length} of them in the load; signals took at most ${ms.at(-1)?.toFixed(0)} ms`,
  );
  // One that is faster than the one before may be over at its moment.
  expect(cut.length).toBeGreaterThanOrEqual(Math.floor(cycles / 8));
});
