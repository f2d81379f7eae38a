// Parts of the package that only some pages need are files of their own, imported when they are asked for.

import { Molmo2Error } from './errors.ts';

/** What `import('./part.js')` resolves to. Throws `network` where the file cannot be had. */
export async function ownFile<T>(part: string, imported: Promise<T>): Promise<T> {
  try {
    return await imported;
  } catch (cause) {
    throw new Molmo2Error(
      'network',
      `The ${part}'s own file could not be loaded (${String(cause)}). Host the package's files (dist/ and models/) where the page may import them.`,
      { cause },
    );
  }
}
