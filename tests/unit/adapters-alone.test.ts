// An adapter is given what it works with, so that nothing comes along with it. The one that asks a server instead has a room of its
// own (tests/unit/rooms.test.ts) and is small by its budget.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { importsOf } from '../imports.ts';
import { importTarget, sourceFiles } from '../source-files.ts';

test('adapters import nothing but types and each other', () => {
  const adapters = sourceFiles.filter(
    (file) => file.startsWith('src/adapters/') && !file.startsWith('src/adapters/remote/'),
  );
  expect(adapters.length).toBeGreaterThan(10);
  const others = adapters.flatMap((file) =>
    importsOf(file, readFileSync(file, 'utf8')).flatMap(({ from, typeOnly }) =>
      typeOnly || importTarget(file, from)?.startsWith('src/adapters/') ? [] : [`${file} imports ${from}`],
    ),
  );
  expect(others).toEqual([]);
});
