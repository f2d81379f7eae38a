// Where the repository's own TypeScript is.

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The program of the newest compiler. */
export const newestTypeScript = (): string =>
  join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
