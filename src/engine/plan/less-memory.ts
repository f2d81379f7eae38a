// What becomes of a question for which the GPU had less memory than its plan took for granted. Pure.

import type { FailedAllocation } from '../../gpu/allocation.ts';
import { Molmo2Error } from '../../errors.ts';
import type { Fitted, Prompted, Room } from './fit.ts';
import { exhaustedMessage } from './plan-words.ts';

/** All that a plan takes, what was there before it included. */
export function neededBytes({ memory }: Fitted<Prompted>, { takenBytes }: Room): number {
  return takenBytes + memory.keysAndValues + memory.working;
}

/**
 * GPU memory to plan with after a plan has found less than it needs. What the device owned is certain to be there, and what could
 * not be had on top of it is not; how much there is between them nobody tells, so that half of what was missing is given up.
 */
export function lessMemory(plan: Fitted<Prompted>, room: Room, failure: FailedAllocation): number {
  const needed = neededBytes(plan, room);
  const { ownedBytes, byteLength } = failure;
  const half = Math.floor((needed + ownedBytes) / 2);
  return Math.min(Math.max(ownedBytes, half), ownedBytes + byteLength - 1, needed - 1);
}

/** The error for a question that may not be asked with less. */
export function exhausted(
  plan: Fitted<Prompted>,
  room: Room,
  failure: FailedAllocation,
  cause: unknown,
  before = 0,
): Molmo2Error {
  return new Molmo2Error('out-of-memory', exhaustedMessage(plan, room, failure, before), { cause });
}
