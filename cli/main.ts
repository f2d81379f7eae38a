// The command line: finds the command, runs it, and turns whatever happens into an exit status.

import { tmpdir } from 'node:os';
import process from 'node:process';
import { version } from '../package.json';
import { askCommand } from './ask-command.ts';
import { askHelp } from './ask-help.ts';
import { convertHelp, synthHelp, verifyHelp } from './bundle-help.ts';
import { isJobWorker, serveJobs } from './bundle/worker.ts';
import { refuseClosedOutput } from './closed-output.ts';
import { convertCommand } from './convert-command.ts';
import { datasetCommand } from './dataset-command.ts';
import { datasetHelp } from './dataset-help.ts';
import { evalCommand } from './eval-command.ts';
import { evalHelp } from './eval-help.ts';
import { exitStatus, failureOf, UsageError } from './failure.ts';
import { infoCommand, infoHelp } from './info-command.ts';
import { scoreCommand } from './score-command.ts';
import { scoreHelp } from './score-help.ts';
import { synthCommand } from './synth-command.ts';
import { openTerminal, type Terminal } from './terminal.ts';
import { verifyCommand } from './verify-command.ts';

const help = `Usage: molmo2-webgpu COMMAND

Commands
  ask      asks Molmo2 about an image or a video
  score    tells how likely a given answer is
  eval     measures how right a model's answers are
  convert  converts a checkpoint to a bundle, which loads fast
  verify   checks every hash and size of a bundle
  synth    writes a bundle of random weights, for measuring
  dataset  makes training data of questions with right answers
  info     tells what this machine can do, as text to paste into an issue

"molmo2-webgpu COMMAND --help" says more.

Options
  --help, --version
`;

interface Command {
  readonly help: string;
  readonly run: (args: readonly string[], terminal: Terminal, signal: AbortSignal) => Promise<void>;
  /** What an interrupt leaves. */
  readonly interrupted: string;
}

const again = 'Run the same command again to go on where it was.';
const commands: Readonly<Record<string, Command>> = {
  ask: {
    help: askHelp,
    run: askCommand,
    interrupted: 'nothing more was computed. Run the command again for an answer.',
  },
  score: {
    help: scoreHelp,
    run: scoreCommand,
    interrupted: 'nothing more was computed. Run the command again for a score.',
  },
  eval: {
    help: evalHelp,
    run: evalCommand,
    interrupted: `what was asked is kept where --out was given. ${again}`,
  },
  convert: { help: convertHelp, run: convertCommand, interrupted: `what is converted is kept. ${again}` },
  synth: { help: synthHelp, run: synthCommand, interrupted: `what is written is kept. ${again}` },
  verify: {
    help: verifyHelp,
    run: verifyCommand,
    interrupted: 'the bundle was not read to its end. Run the command again.',
  },
  dataset: {
    help: datasetHelp,
    run: datasetCommand,
    interrupted: 'nothing was written, and what was there before is as it was. Run the command again.',
  },
  info: { help: infoHelp, run: infoCommand, interrupted: 'nothing was printed. Run the command again.' },
};

/** The command of a name, if there is one. */
const commandOf = (name: string | undefined): Command | null =>
  name !== undefined && Object.hasOwn(commands, name) ? (commands[name] ?? null) : null;

/** Whether one of `names` stands among the options. */
function asksFor(args: readonly string[], ...names: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).some((argument) => names.includes(argument));
}

async function run(args: readonly string[], terminal: Terminal, signal: AbortSignal): Promise<void> {
  const [name, ...rest] = args;
  const command = commandOf(name);
  const show = (text: string) => {
    refuseClosedOutput();
    terminal.print(text);
  };
  if (command && asksFor(rest, '--help', '-h')) return show(command.help);
  if (command) return command.run(rest, terminal, signal);
  if (asksFor(args, '--help', '-h')) return show(help);
  if (asksFor(args, '--version')) return show(`${version}\n`);
  throw new UsageError(
    `${name === undefined ? 'No command is given' : `Unknown command "${name}"`}. Write: molmo2-webgpu ask --image cat.jpg "Point to the ears."`,
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
  const interrupted = interruption();
  // An answer that nobody can read is not computed any further.
  const signal = AbortSignal.any([interrupted, terminal.broken]);
  try {
    await run(process.argv.slice(2), terminal, signal);
    // What was printed last may fail only now.
    await terminal.flush();
    terminal.broken.throwIfAborted();
    return exitStatus.ok;
  } catch (error) {
    if (interrupted.aborted) {
      terminal.note(`interrupted: ${commandOf(process.argv[2])?.interrupted ?? 'nothing was done.'}`);
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

if (isJobWorker()) serveJobs();
else process.exitCode = await main();
