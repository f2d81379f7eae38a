// What a conversion that was stopped leaves for the next run: a line for each chunk and job, only ever appended.

import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import type { DoneBefore } from './chunk-ledger.ts';

const fileName = 'progress.jsonl';

const lineSchema = v.union([
  v.object({ chunk: v.pipe(v.string(), v.regex(/^\d+:\d+$/)), sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)) }),
  v.object({ digest: v.string(), sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)) }),
  v.object({ job: v.string(), sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)) }),
]); // prettier-ignore

/** What runs so far have done: `DoneBefore` that can grow. */
export interface DoneSoFar extends DoneBefore {
  readonly hashes: Map<string, string>;
  readonly digests: Map<string, string>;
  readonly jobs: Map<string, string>;
}

export const nothingDone = (): DoneSoFar => ({ hashes: new Map(), digests: new Map(), jobs: new Map() });

export interface ProgressFile {
  chunk(place: string, sha256: string): Promise<void>;
  digest(key: string, sha256: string): Promise<void>;
  job(key: string, sha256: string): Promise<void>;
  close(): Promise<void>;
}

export const progressFileOf = (folder: string): string => join(folder, fileName);

/** The lines of an earlier run of the same work (`identity` is equal), or null. A line that was cut off ends the list. */
export async function readProgress(folder: string, identity: string): Promise<DoneSoFar | null> {
  const text = await readFile(progressFileOf(folder), 'utf8').catch(() => null);
  const [first, ...lines] = text?.split('\n') ?? [];
  if (first !== identity) return null;
  const run = nothingDone();
  for (const line of lines) {
    const result = v.safeParse(lineSchema, parsed(line));
    if (!result.success) break;
    const { output } = result;
    if ('chunk' in output) run.hashes.set(output.chunk, output.sha256);
    else if ('digest' in output) run.digests.set(output.digest, output.sha256);
    else run.jobs.set(output.job, output.sha256);
  }
  return run;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

/** Begins the file anew with what is known already. */
export async function openProgress(
  folder: string,
  identity: string,
  { hashes, digests, jobs }: DoneSoFar,
): Promise<ProgressFile> {
  const known = [
    identity,
    ...[...hashes].map(([chunk, sha256]) => JSON.stringify({ chunk, sha256 })),
    ...[...digests].map(([digest, sha256]) => JSON.stringify({ digest, sha256 })),
    ...[...jobs].map(([job, sha256]) => JSON.stringify({ job, sha256 })),
  ];
  await writeFile(progressFileOf(folder), known.map((line) => `${line}\n`).join(''));
  // Lines of jobs that end together do not get into each other's way.
  const file = await open(progressFileOf(folder), 'a');
  return {
    chunk: async (chunk, sha256) => file.appendFile(`${JSON.stringify({ chunk, sha256 })}\n`),
    digest: async (digest, sha256) => file.appendFile(`${JSON.stringify({ digest, sha256 })}\n`),
    job: async (job, sha256) => file.appendFile(`${JSON.stringify({ job, sha256 })}\n`),
    close: () => file.close(),
  };
}
