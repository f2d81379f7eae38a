// `npm run bench`.

import { tmpdir } from 'node:os';
import process from 'node:process';
import { benchCommand, exitStatus, type Output } from './bench-command.ts';

const eraseLine = '\r\u001b[2K';
const { stdout, stderr } = process;

// A table that nobody can read is no reason to lose the report, but the run did not do all that it should.
let unprinted: Error | null = null;
stdout.on('error', (error) => (unprinted ??= error));
stderr.on('error', () => {});

const output: Output = {
  print: (line) => {
    if (!unprinted) stdout.write(`${line}\n`);
  },
  note: (line) => stderr.write(`${line}\n`),
  progress: (text) => {
    if (stderr.isTTY) stderr.write(`${eraseLine}${text}`);
  },
};

/** Aborts on the first interrupt; a second one ends the process at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  process.on('SIGINT', () => {
    if (controller.signal.aborted) process.exit(exitStatus.interrupted);
    controller.abort(new DOMException('Interrupted.', 'AbortError'));
  });
  return controller.signal;
}

// The Vulkan loader of Linux complains where a session has no such folder.
if (process.platform === 'linux') process.env['XDG_RUNTIME_DIR'] ??= tmpdir();
const status = await benchCommand(process.argv.slice(2), output, interruption());
await new Promise<void>((resolve) => void stdout.write('', () => resolve()));
if (unprinted)
  output.note(`not-written: standard output could not be written: ${(unprinted as Error).message}.`);
process.exitCode = unprinted && status === exitStatus.ok ? exitStatus.failed : status;
