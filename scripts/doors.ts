// What users import: the sub-paths of package.json, and the source of each.

import { readFileSync } from 'node:fs';

export interface Door {
  /** Behind the package's name: `.`, `./overlay`. */
  readonly path: string;
  readonly source: string;
}

/** Every sub-path that has declarations, beginning with the package itself. */
export function doors(): Door[] {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    readonly exports: Readonly<Record<string, string | { readonly types: string }>>;
  };
  return Object.entries(exports).flatMap(([path, door]) =>
    typeof door === 'string'
      ? []
      : [{ path, source: door.types.replace(/^\.\/dist\/types\/(.*)\.d\.ts$/, 'src/$1.ts') }],
  );
}
