// Runs an installed ffmpeg or ffprobe, with argument arrays and no shell.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { Molmo2Error } from '../../errors.ts';

type Program = 'ffmpeg' | 'ffprobe';

export interface ProgramRun {
  readonly stdout: AsyncIterable<Buffer>;
  /** Waits for the end; resolves to what the program complained about, and whether it failed. */
  readonly ended: Promise<{ readonly failed: boolean; readonly complaint: string }>;
  stop(): void;
}

function notInstalled(program: Program, label: string, cause: unknown): Molmo2Error {
  return new Molmo2Error(
    'media-unreadable',
    `${label} needs ${program}, which was not found on this machine. Install ffmpeg, or give the sampled pictures ` +
      'themselves with --frames and --timestamps.',
    { cause },
  );
}

/** Starts a program; throws `media-unreadable` where it is not installed. */
export async function runProgram(
  program: Program,
  args: readonly string[],
  label: string,
): Promise<ProgramRun> {
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  let complaint = '';
  child.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => (complaint = (complaint + text).slice(-4000)));
  const ended = new Promise<{ failed: boolean; complaint: string }>((resolve) => {
    child.once('close', (code) => resolve({ failed: code !== 0, complaint: complaint.trim() }));
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => reject(notInstalled(program, label, cause)));
  });
  return { stdout: child.stdout, ended, stop: () => child.kill('SIGKILL') };
}

/** Runs a program to its end and returns what it printed. */
export async function programOutput(
  program: Program,
  args: readonly string[],
  label: string,
  signal?: AbortSignal,
): Promise<{ readonly text: string; readonly failed: boolean; readonly complaint: string }> {
  const run = await runProgram(program, args, label);
  signal?.addEventListener('abort', run.stop, { once: true });
  if (signal?.aborted) run.stop();
  try {
    const parts: Buffer[] = [];
    for await (const part of run.stdout) parts.push(part);
    const end = await run.ended;
    signal?.throwIfAborted();
    return { text: Buffer.concat(parts).toString('utf8'), ...end };
  } finally {
    signal?.removeEventListener('abort', run.stop);
  }
}
