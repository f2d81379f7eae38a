// The ways into a page, with the versions of the tools, that answered; printed in the end, for docs/where-it-runs.md.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import type { Browser } from 'playwright-core';
import type { Project } from './empty-project.ts';

/** What the tests of all ways share. */
export interface Given {
  readonly project: () => Project;
  readonly browser: () => Browser;
  readonly question: string;
  readonly answer: string;
  readonly ways: Ways;
}

export class Ways {
  readonly #lines: string[] = [];
  readonly #project: () => Project;

  constructor(project: () => Project) {
    this.#project = project;
  }

  /** Called where the answer was right. The versions are those of packages in the project. */
  answered(name: string, ...packages: readonly string[]): void {
    const versions = packages.map((one) => `${one} ${this.#version(one)}`);
    this.#lines.push(`  ${name}${versions.length > 0 ? ` (${versions.join(', ')})` : ''}`);
  }

  notRun(name: string, why: string): void {
    this.#lines.push(`  not run: ${name}: ${why}`);
  }

  print(browser: string): void {
    console.log(
      [`What answered in Chromium ${browser}, Node ${process.versions.node}:`, ...this.#lines].join('\n'),
    );
  }

  #version(name: string): string {
    const file = join(this.#project().folder, 'node_modules', name, 'package.json');
    return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version;
  }
}
