// Tries damaged inputs one after the other: each is read or refused with an error of ours, in time and within its memory.
// HOSTILE_INPUTS sets how many of each kind are tried, HOSTILE_SEED where they begin; a failure names the seed that brings
// it back.

import process from 'node:process';
import { Molmo2Error, type Molmo2ErrorCode } from '../../src/errors.ts';
import { countAsked, measured, takenAgain } from './asked-bytes.ts';
import { randomOf, type Random } from './damage-json.ts';

export const firstSeed = Number(process.env['HOSTILE_SEED'] ?? 1);

/** How many inputs to try: all of `HOSTILE_INPUTS` where that is set, else so few that nobody waits. */
export const inputsOf = (usual: number): number => Number(process.env['HOSTILE_INPUTS'] ?? usual);

export interface Limits {
  readonly codes: readonly Molmo2ErrorCode[];
  /** Default 10 s, which no file may take. */
  readonly slowestMs?: number;
}

const mib = 1024 * 1024;
/** What an input of so many bytes may ask for before it is refused, or is read. */
const mostBytes = (inputBytes: number) => 4 * inputBytes + 64 * mib;
const longestMessage = 1500;

export interface Input {
  readonly byteLength: number;
  /** Reads it; throws when it is refused. */
  readonly read: () => unknown;
}

/** Makes and reads an input for every seed. Counts those that were accepted and those that were refused. */
export async function eachSeed(
  inputs: number,
  { codes, slowestMs = 10_000 }: Limits,
  make: (random: Random) => Input,
): Promise<{ accepted: number; refused: number; largest: number; slowest: number }> {
  const count = { accepted: 0, refused: 0, largest: 0, slowest: 0 };
  const stop = countAsked();
  try {
    for (let seed = firstSeed; seed < firstSeed + inputs; seed++) {
      const input = make(randomOf(seed));
      let failure: unknown = null;
      const read = async () => {
        try {
          await input.read();
        } catch (error) {
          failure = error;
        }
      };
      const { asked, grown, elapsedMs } = await measured(read);
      const isDoubtful = grown > mostBytes(input.byteLength);
      const bytes = Math.max(asked, isDoubtful ? await takenAgain(read) : grown);
      count.largest = Math.max(count.largest, bytes);
      count.slowest = Math.max(count.slowest, elapsedMs);
      if (failure === null) count.accepted += 1;
      else count.refused += 1;
      const wrong = failure === null ? null : badRefusal(failure, codes);
      if (wrong !== null) throw new Error(`HOSTILE_SEED=${seed}: ${wrong}`, { cause: failure });
      if (elapsedMs > slowestMs || bytes > mostBytes(input.byteLength))
        throw new Error(
          `HOSTILE_SEED=${seed}: ${input.byteLength} bytes took ${elapsedMs.toFixed(0)} ms and ${bytes} bytes`,
        );
    }
  } finally {
    stop();
  }
  return count;
}

/** What is wrong with an error that a hostile input ends in; null for one of ours. */
function badRefusal(error: unknown, codes: readonly Molmo2ErrorCode[]): string | null {
  if (!(error instanceof Molmo2Error)) return `${String(error)}, which is no error of ours`;
  if (!codes.includes(error.code)) return `the code ${error.code} (${error.message})`;
  return error.message.length < longestMessage ? null : `a message of ${error.message.length} characters`;
}
