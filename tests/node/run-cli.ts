// Starts the command line the way `npm run cli` does, without npm's own start-up time.

import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import process from 'node:process';

export interface CliRun {
  readonly status: number | null;
  readonly stdout: string;
  /** Lines of standard error. */
  readonly stderr: readonly string[];
}

interface CliOptions {
  /** The folder that the user stands in; default the repository. */
  readonly from?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Told about the output as it comes, with a way to press Ctrl-C. */
  readonly onOutput?: (interrupt: () => void) => void;
  /** Told once, with a way to press Ctrl-C. */
  readonly onStart?: (interrupt: () => void) => void;
}

const root = resolve('.');

/** Runs `npm run cli -- ...args` and waits for its end. */
export function runCli(
  args: readonly string[],
  { from = root, env, onOutput, onStart }: CliOptions = {},
): Promise<CliRun> {
  const child = spawn(process.execPath, ['scripts/run.mjs', 'cli/main.ts', ...args], {
    cwd: root,
    env: { ...process.env, npm_lifecycle_event: 'cli', INIT_CWD: from, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  onStart?.(() => child.kill('SIGINT'));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    onOutput?.(() => child.kill('SIGINT'));
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolveRun, reject) => {
    child.once('error', reject);
    child.once('close', (status) =>
      resolveRun({ status, stdout, stderr: stderr.split('\n').filter((line) => line !== '') }),
    );
  });
}
