// Runs an installed ffmpeg or ffprobe, with argument arrays and no shell.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { Molmo2Error } from '../../errors.ts';
import { mostSilenceMs, SilenceWatch } from '../silence-watch.ts';

type Program = 'ffmpeg' | 'ffprobe';

export interface ProgramRun {
  readonly stdout: AsyncIterable<Buffer>;
  /** Waits for the end; resolves to what the program complained about first, and whether it failed. */
  ended(): Promise<{ readonly failed: boolean; readonly complaint: string }>;
  stop(): void;
}

/** Complaints are read as far as this; damaged files make endless ones. */
const longestComplaint = 4000;

/**
 * What opens a file and nothing else. A playlist, a script or a session description is an input to ffmpeg as well and
 * names further files; whatever the file is called, only containers that hold their pictures themselves are read, and
 * only from the disk.
 */
const selfContained = [
  'mov', 'matroska', 'avi', 'mpegts', 'mpeg', 'flv', 'asf', 'ogg', 'nut', 'mxf', 'gxf', 'rm', 'dv', 'wtv', 'ivf',
  'h264', 'hevc', 'vvc', 'av1', 'obu', 'm4v', 'mpegvideo', 'h263', 'h261', 'vc1', 'dirac', 'cavsvideo', 'yuv4mpegpipe',
  // Sound alone is recognised, so that the error can say so.
  'mp3', 'aac', 'ac3', 'eac3', 'flac', 'wav', 'w64', 'aiff', 'caf', 'amr', 'au', 'ape', 'dts', 'wv',
]; // prettier-ignore

/** A file on the disk, or its beginning. */
export interface InputFile {
  readonly path: string;
  /** Bytes that are read; undefined for all. */
  readonly endBytes?: number | undefined;
}

/** The arguments, of either program, that name its input. */
export function inputArgs({ path, endBytes }: InputFile): string[] {
  const [protocols, name] =
    endBytes === undefined
      ? ['file', `file:${path}`]
      : ['file,subfile', `subfile,,start,0,end,${endBytes},,:file:${path}`];
  return ['-protocol_whitelist', protocols, '-format_whitelist', selfContained.join(','), '-i', name];
}

function notInstalled(program: Program, label: string, cause: unknown): Molmo2Error {
  return new Molmo2Error(
    'media-unreadable',
    `${label} needs ${program}, which was not found on this machine. Install ffmpeg, or give the sampled pictures ` +
      'themselves with --frames and --timestamps.',
    { cause },
  );
}

/** The first line of what a program complained about, in brackets; nothing where it did not. */
export function bracketed(complaint: string): string {
  const [line = ''] = complaint.split('\n');
  return line && ` (${line})`;
}

/** A program that prints nothing for so long is stuck. */
function silence(program: Program, label: string, silenceMs: number, cause: unknown): Molmo2Error {
  return new Molmo2Error(
    'media-unreadable',
    `${label} cannot be read: ${program} printed nothing for ${Math.round(silenceMs / 1000)} s. The file is damaged, or this machine is too busy: convert it with ffmpeg, or try again.`,
    { cause },
  );
}

/** Starts a program; throws `media-unreadable` where it is not installed. Reading its output throws where it falls silent. */
export async function runProgram(
  program: Program,
  args: readonly string[],
  label: string,
  silenceMs = mostSilenceMs,
): Promise<ProgramRun> {
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (complaint.length < longestComplaint) complaint += text;
  });
  const ended = new Promise<{ failed: boolean; complaint: string }>((resolve) => {
    child.once('close', (code) => resolve({ failed: code !== 0, complaint: complaint.trim() }));
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => reject(notInstalled(program, label, cause)));
  });
  const stop = () => void child.kill('SIGKILL');
  const watch = new SilenceWatch(silenceMs);
  // Watched while something is waited for: a program whose reader is busy waits for the reader.
  async function waitedFor<T>(work: Promise<T>): Promise<T> {
    try {
      return await watch.guard(work);
    } catch (cause) {
      stop();
      throw silence(program, label, silenceMs, cause);
    }
  }
  async function* output(): AsyncGenerator<Buffer> {
    const parts = (child.stdout as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
    for (;;) {
      const { value, done } = await waitedFor(parts.next());
      if (done) return;
      yield value;
    }
  }
  return { stdout: output(), ended: () => waitedFor(ended), stop };
}

/** Runs a program to its end and returns what it printed. */
export async function programOutput(
  program: Program,
  args: readonly string[],
  label: string,
  signal?: AbortSignal,
  silenceMs?: number,
): Promise<{ readonly text: string; readonly failed: boolean; readonly complaint: string }> {
  const run = await runProgram(program, args, label, silenceMs);
  signal?.addEventListener('abort', run.stop, { once: true });
  if (signal?.aborted) run.stop();
  try {
    const parts: Buffer[] = [];
    for await (const part of run.stdout) parts.push(part);
    const end = await run.ended();
    signal?.throwIfAborted();
    return { text: Buffer.concat(parts).toString('utf8'), ...end };
  } catch (cause) {
    signal?.throwIfAborted();
    throw cause;
  } finally {
    signal?.removeEventListener('abort', run.stop);
  }
}
