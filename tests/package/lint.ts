// What publint and "are the types wrong?" say of the tarball, and how large it is.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { expect, test } from 'vitest';
import { tarballBudgetMb } from '../../scripts/sizes.ts';
import type { Project } from './empty-project.ts';

/** The package is ESM alone: those that know no "exports", and require() of Node before 20.19, are not served. */
const notServed = ['node10', 'node16-cjs'];

export function describeLint(project: () => Project): void {
  const tarball = (): Uint8Array<ArrayBuffer> => {
    const folder = join(project().folder, 'tarball');
    return new Uint8Array(readFileSync(join(folder, readdirSync(folder)[0] ?? '')));
  };

  test('the tarball is as publint wants it', async () => {
    const { messages, pkg } = await publint({ pack: { tarball: tarball().buffer }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg ?? {}))).toEqual([]);
  });

  test('every entry has types that are right for whoever imports it', async () => {
    const result = await checkPackage(createPackageFromTarballData(tarball()));
    if (!result.types) throw new Error('The tarball has no types.');
    const served = result.problems.filter(
      (problem) => !('resolutionKind' in problem && notServed.includes(problem.resolutionKind)),
    );
    expect(served).toEqual([]);
    const entries = Object.keys(result.entrypoints).toSorted();
    expect(entries).toEqual(expect.arrayContaining(['.', './overlay', './timeline']));
  });

  test('the tarball is no larger than it should be', () => {
    expect(tarball().byteLength).toBeLessThan(tarballBudgetMb * 1e6);
  });
}
