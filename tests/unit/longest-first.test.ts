// The list of test files that begin first names files that are there.

import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { longest } from '../../scripts/longest-first.ts';

test.each(longest)('%s is there to begin first', (file) => {
  expect(existsSync(`.${file}`)).toBe(true);
});
