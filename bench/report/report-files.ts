// Where a report lies on the disk. It is written after every row, so that a run that is cut short leaves what it has.

import { renameSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import type { BenchResult } from '../measure/types.ts';
import { reportHtml } from './report-html.ts';

export class ReportFiles {
  readonly #json: string;
  readonly #html: string;

  constructor(json: string, html: string) {
    this.#json = json;
    this.#html = html;
  }

  /** Writes both files; a disk that refuses is told by the last call of `write`. */
  keep(result: BenchResult): void {
    try {
      this.write(result);
    } catch {
      // The run goes on: it may be the last write that succeeds.
    }
  }

  /** Writes both files. Throws where one cannot be written. */
  write({ report, notes }: BenchResult): void {
    replace(this.#json, `${JSON.stringify(report, null, 2)}\n`);
    replace(this.#html, reportHtml(report, notes));
  }
}

/** Written beside and renamed, so that whoever reads meanwhile never sees half a file; a device is written as it is. */
function replace(name: string, text: string): void {
  try {
    const known = statSync(name, { throwIfNoEntry: false });
    // The file that a link means is replaced, not the link.
    const file = known ? realpathSync(name) : name;
    if (known && !known.isFile()) return writeFileSync(file, text);
    const beside = `${file}.${process.pid}`;
    writeFileSync(beside, text);
    renameSync(beside, file);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${name} could not be written: ${why}. Choose a file in a folder that exists.`, {
      cause: error,
    });
  }
}
