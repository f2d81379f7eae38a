// Where words go: the answer to standard output, everything about it to standard error.

import type { WriteStream } from 'node:tty';
import { PrintError } from './failure.ts';

export interface Terminal {
  /** The answer, as it comes. */
  print(text: string): void;
  /** A line on standard error. */
  note(line: string): void;
  /** What is being done, on one line that is written over; only where a person can see it. */
  progress(line: string): void;
  /** Waits until everything is on its way. */
  flush(): Promise<void>;
  /** Aborted with a `PrintError` as soon as standard output takes no more. */
  readonly broken: AbortSignal;
}

export type Output = Pick<WriteStream, 'write' | 'on'> & { readonly isTTY?: boolean };

const eraseLine = '\r\u001b[2K';

export function openTerminal(stdout: Output, stderr: Output): Terminal {
  let progressShown = false;
  let midLine = false; // standard output stands behind words without a line end
  const broken = new AbortController();
  stdout.on('error', (error: Error) => broken.abort(new PrintError(error)));
  // What cannot be told is not told; the answer and the exit status do not depend on it.
  stderr.on('error', () => {});
  const clear = () => {
    if (progressShown) stderr.write(eraseLine);
    progressShown = false;
  };
  const flushed = (stream: Output) =>
    new Promise<void>((resolve) => {
      stream.write('', () => resolve());
    });
  return {
    broken: broken.signal,
    print(text) {
      clear();
      if (broken.signal.aborted) return;
      stdout.write(text);
      if (text !== '') midLine = !text.endsWith('\n');
    },
    note(line) {
      clear();
      if (midLine && !broken.signal.aborted) stdout.write('\n');
      midLine = false;
      stderr.write(`${line}\n`);
    },
    progress(line) {
      if (!stderr.isTTY || midLine) return;
      stderr.write(`${eraseLine}${line}`);
      progressShown = true;
    },
    async flush() {
      clear();
      await Promise.all([flushed(stdout), flushed(stderr)]);
    },
  };
}
