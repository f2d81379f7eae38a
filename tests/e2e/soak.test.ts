// Twenty seconds of the mix that `npm run soak` drives a page with for an hour.

import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { expect, test } from 'vitest';

const seed = 11;

test(`a page that is driven with everything stays right (seed ${seed})`, () => {
  const args = ['scripts/run.mjs', 'tests/soak/main.ts', '0.35', String(seed)];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  const [, steps] = /^(\d+) steps .* 0 wrong$/m.exec(stdout) ?? [];
  expect(Number(steps), stdout).toBeGreaterThan(3);
  expect(status, stdout).toBe(0);
});
