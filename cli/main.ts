// The command line: finds the command, runs it, and turns whatever happens into an exit status.

import { tmpdir } from 'node:os';
import process from 'node:process';
import { version } from '../package.json';
import { askCommand } from './ask-command.ts';
import { askHelp } from './ask-help.ts';
import { exitStatus, failureOf, UsageError } from './failure.ts';
import { openTerminal, type Terminal } from './terminal.ts';

const help = `Usage: molmo2-webgpu COMMAND

Commands
  ask    asks Molmo2 about an image or a video; "molmo2-webgpu ask --help" lists its options

Options
  --help, --version
`;

/** Whether one of `names` stands among the options. */
function asksFor(args: readonly string[], ...names: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).some((argument) => names.includes(argument));
}

async function run(args: readonly string[], terminal: Terminal, signal: AbortSignal): Promise<void> {
  const [command, ...rest] = args;
  if (command === 'ask' && asksFor(rest, '--help', '-h')) return terminal.print(askHelp);
  if (command === 'ask') return askCommand(rest, terminal, signal);
  if (asksFor(args, '--help', '-h')) return terminal.print(help);
  if (asksFor(args, '--version')) return terminal.print(`${version}\n`);
  throw new UsageError(
    `${command === undefined ? 'No command is given' : `Unknown command "${command}"`}. Write: molmo2-webgpu ask --image cat.jpg "Point to the ears."`,
  );
}

// npm passes on the Ctrl-C that the terminal has sent already; a person's second one comes later.
const doubledSignalMs = 500;

/** Aborts on the first interrupt; a second one ends the process at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  let firstMs = Infinity;
  process.on('SIGINT', () => {
    if (performance.now() - firstMs > doubledSignalMs) process.exit(exitStatus.interrupted);
    firstMs = Math.min(firstMs, performance.now());
    controller.abort(new DOMException('Interrupted.', 'AbortError'));
  });
  return controller.signal;
}

/** Vulkan drivers complain on standard error when there is no such folder, and an error of ours is one line. */
function quietDrivers(): void {
  if (process.platform === 'linux') process.env['XDG_RUNTIME_DIR'] ??= tmpdir();
}

async function main(): Promise<number> {
  quietDrivers();
  const terminal = openTerminal(process.stdout, process.stderr);
  const signal = interruption();
  try {
    await run(process.argv.slice(2), terminal, signal);
    return exitStatus.ok;
  } catch (error) {
    if (signal.aborted) {
      terminal.note('interrupted: nothing more was computed. Run the command again for an answer.');
      return exitStatus.interrupted;
    }
    const { line, status } = failureOf(error);
    terminal.note(line);
    if (process.env['DEBUG'] && error instanceof Error) terminal.note(error.stack ?? '');
    return status;
  } finally {
    await terminal.flush();
  }
}

process.exitCode = await main();
