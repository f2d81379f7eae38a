// Where words go: the answer to standard output, everything about it to standard error.

import type { WriteStream } from 'node:tty';

export interface Terminal {
  /** The answer, as it comes. */
  print(text: string): void;
  /** A line on standard error. */
  note(line: string): void;
  /** What is being done, on one line that is written over; only where a person can see it. */
  progress(line: string): void;
  /** Waits until everything is on its way. */
  flush(): Promise<void>;
}

export type Output = Pick<WriteStream, 'write' | 'on'> & { readonly isTTY?: boolean };

const eraseLine = '\r\u001b[2K';

export function openTerminal(stdout: Output, stderr: Output): Terminal {
  let progressShown = false;
  let midLine = false; // standard output stands behind words without a line end
  // `ask ... | head -1` closes the pipe early, and that is no failure of ours.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  const clear = () => {
    if (progressShown) stderr.write(eraseLine);
    progressShown = false;
  };
  const flushed = (stream: Output) =>
    new Promise<void>((resolve) => {
      stream.write('', () => resolve());
    });
  return {
    print(text) {
      clear();
      stdout.write(text);
      if (text !== '') midLine = !text.endsWith('\n');
    },
    note(line) {
      clear();
      if (midLine) stdout.write('\n');
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
