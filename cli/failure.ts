// How a run ends badly: the line on standard error and the exit status.

import { getSystemErrorMap } from 'node:util';
import { Molmo2Error } from '../src/index.ts';

/** The command line itself is wrong: exit status 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** A file that the user asked for could not be written: exit status 1. */
export class WriteError extends Error {
  readonly file: string;

  constructor(file: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(
      `${file} could not be written: ${reason}. Choose a file in a folder that exists and can be written.`,
      {
        cause,
      },
    );
    this.name = 'WriteError';
    this.file = file;
  }
}

/** Standard output takes no more, so the answer is lost: exit status 1. */
export class PrintError extends Error {
  constructor(cause: Error & { readonly code?: string; readonly errno?: number }) {
    const { code, errno, message } = cause;
    const [, words] = (errno !== undefined && getSystemErrorMap().get(errno)) || [];
    super(`standard output could not be written: ${words === undefined ? message : `${code}: ${words}`}.`, {
      cause,
    });
    this.name = 'PrintError';
  }
}

/** A bundle has problems, each told already: exit status 1. */
export class VerifyError extends Error {
  constructor(name: string, problems: number) {
    super(
      `${name} has ${problems} ${problems === 1 ? 'problem' : 'problems'}. Fetch or convert the model again.`,
    );
    this.name = 'VerifyError';
  }
}

/** Not one question was answered, so that there is nothing to score: exit status 1. */
export class EvalError extends Error {
  constructor(cell: string, first: { readonly code: string; readonly message: string } | undefined) {
    const why = first ? ` The first error was ${first.code}: ${first.message}` : '';
    super(`No question was answered (${cell}).${why}`);
    this.name = 'EvalError';
  }
}

export const exitStatus = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

export interface Failure {
  /** One line: code, what happened, what to do. */
  readonly line: string;
  readonly status: number;
}

// The door names options as its callers in JavaScript write them.
const doorNames =
  /"?\b(?:options\.)?(?:trace\.(positions|forceIds)|(maxCrops|maxFrames|maxFps|startSec|endSec|maxNewTokens|topK|topP|minP|repetitionPenalty|frequencyPenalty|presencePenalty|logitBias|forceIds))\b"?|\boptions[ .]"?(temperature|seed|stop|logprobs|weighting|branches|kv|point|expect)\b"?/g;

const flagOf = (name: string) =>
  name === 'positions' ? '--trace-positions' : `--${name.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;

const doorPhrases: readonly (readonly [RegExp, string])[] = [
  [/\boptions\.expect\.jsonSchema\.(\S+)/g, 'the schema of --expect, at $1,'],
  [/\boptions\.expect\.jsonSchema\b/g, 'the schema of --expect'],
  [/\boptions\.expect\.(?:regExp|choices)\b/g, '--expect'],
  [/\boptions\.expect is "(\w+)"/g, '--expect is $1'],
  [/, or expect "points"\./g, ', or write --expect points.'],
  [/\bhub: \{ token \}/g, 'HF_TOKEN'],
  [/\boptions\.hub\.token\b/g, 'HF_TOKEN'],
  [/\boptions\.hub\.endpoint\b/g, 'HF_ENDPOINT'],
  [/(is a picture \(\w+\), not a video\.) Videos in [^.]+ work\./g, '$1 Name it with --image.'],
];

/** A message of the door in the words of the command line. */
export function inFlags(message: string): string {
  const ours = doorPhrases.reduce((text, [theirs, words]) => text.replaceAll(theirs, words), message);
  return ours.replaceAll(doorNames, (_, trace?: string, camel?: string, plain?: string) =>
    flagOf(trace ?? camel ?? plain ?? ''),
  );
}

/**
 * The door refuses options that make no sense with a TypeError or RangeError in a full sentence. The engine's and
 * Node's own, which mean a bug, do not end with a full stop.
 */
function isMisuse(error: unknown): error is Error {
  return (error instanceof TypeError || error instanceof RangeError) && error.message.endsWith('.');
}

function codeOf(error: unknown): { readonly code: string; readonly status: number } {
  if (error instanceof UsageError || isMisuse(error)) return { code: 'usage', status: exitStatus.usage };
  if (error instanceof Molmo2Error) return { code: error.code, status: exitStatus.failed };
  if (error instanceof WriteError || error instanceof PrintError)
    return { code: 'not-written', status: exitStatus.failed };
  if (error instanceof VerifyError) return { code: 'not-verified', status: exitStatus.failed };
  return { code: 'internal', status: exitStatus.failed };
}

/** What to print and return for anything that was thrown. */
export function failureOf(error: unknown): Failure {
  const { code, status } = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const words = code === 'internal' ? `${message} (set DEBUG=1 to see where)` : inFlags(message);
  return { line: `${code}: ${words.replaceAll(/\s+/g, ' ').trim()}`, status };
}
