// Every buffer of the engine is made here, so that memory that cannot be had is one error with its numbers. WebGPU gives out
// a buffer at once and tells later, by an error scope, whether there is memory behind it; what is done with one that has none
// fails with errors that say nothing. So whoever has asked for memory waits for `allocated` before it is used.

import { settle } from '#gpu/instance';
import { Molmo2Error } from '../errors.ts';

/** A buffer that could not be had. */
export interface FailedAllocation {
  readonly label: string;
  readonly byteLength: number;
  /** Bytes that all arenas of the device owned before it. */
  readonly ownedBytes: number;
}

/** What a device was asked for and has not told about yet, and what it could not give. */
interface Ledger {
  readonly pending: Set<Promise<void>>;
  readonly failed: Molmo2Error[];
}

const ledgers = new WeakMap<GPUDevice, Ledger>();
const ownedBytes = new WeakMap<GPUDevice, number>();
const failures = new WeakMap<Error, FailedAllocation>();

const emptyLedger = (): Ledger => ({ pending: new Set(), failed: [] });

function ledgerOf(device: GPUDevice): Ledger {
  const known = ledgers.get(device) ?? emptyLedger();
  ledgers.set(device, known);
  return known;
}

/** Bytes of the buffers that all arenas of a device own. */
export function arenaBytesOf(device: GPUDevice): number {
  return ownedBytes.get(device) ?? 0;
}

/** Counts bytes that an arena has got, or gives back. */
export function countArenaBytes(device: GPUDevice, bytes: number): void {
  ownedBytes.set(device, arenaBytesOf(device) + bytes);
}

/** The allocation that an error tells of; null for other errors. */
export function failedAllocation(error: unknown): FailedAllocation | null {
  return error instanceof Error ? (failures.get(error) ?? null) : null;
}

/**
 * A new buffer. Throws `out-of-memory` where the device says so at once; else `allocated` tells whether there is memory behind it.
 */
export function createBuffer(
  device: GPUDevice,
  descriptor: GPUBufferDescriptor & { readonly label: string },
): GPUBuffer {
  const failure = {
    label: descriptor.label,
    byteLength: descriptor.size,
    ownedBytes: arenaBytesOf(device),
  };
  const { pending, failed } = ledgerOf(device);
  device.pushErrorScope('validation'); // a limit that the device did not tell
  device.pushErrorScope('out-of-memory');
  let buffer: GPUBuffer | null = null;
  let thrown: unknown;
  try {
    buffer = device.createBuffer(descriptor);
  } catch (cause) {
    thrown = cause;
  }
  // A device that is gone answers with an error of its own, which is told elsewhere.
  const outcomes = [device.popErrorScope(), device.popErrorScope()].map((scope) => scope.catch(() => null));
  if (!buffer) throw noMemory(failure, thrown);
  const outcome = Promise.all(outcomes).then(([memory, invalid]) => {
    const error = memory ?? invalid;
    if (error) failed.push(noMemory(failure, error));
    pending.delete(outcome);
  });
  pending.add(outcome);
  return buffer;
}

/** Waits until the device has told about all buffers that were made. Throws `out-of-memory` for the first that could not be had. */
export async function allocated(device: GPUDevice): Promise<void> {
  await settled(ledgerOf(device));
  refuseFailed(device);
}

/** The same, by what the device has told until now. */
export function refuseFailed(device: GPUDevice): void {
  const { failed } = ledgerOf(device);
  const [first] = failed;
  failed.length = 0;
  if (first) throw first;
}

/** What `make` makes at once, or null where there is no memory for it; nobody else is told. Whoever tries gives back what was made. */
export async function allocatedIfPossible<T>(device: GPUDevice, make: () => T): Promise<T | null> {
  const own = emptyLedger();
  const before = ledgerOf(device);
  ledgers.set(device, own);
  let made: T;
  try {
    made = make();
  } catch (error) {
    if (failedAllocation(error)) return null;
    throw error;
  } finally {
    ledgers.set(device, before);
  }
  await settled(own);
  return own.failed.length > 0 ? null : made;
}

async function settled({ pending }: Ledger): Promise<void> {
  while (pending.size > 0) await settle(Promise.all(pending));
}

function noMemory(failure: FailedAllocation, cause: unknown): Molmo2Error {
  const { label, byteLength, ownedBytes: owned } = failure;
  const why = cause instanceof Error || cause instanceof GPUError ? cause.message : String(cause);
  const [line = ''] = why.split('\n');
  const error = new Molmo2Error(
    'out-of-memory',
    `The GPU has no memory left: a buffer of ${byteLength} bytes (${label}) could not be had beside ${owned} bytes (${line.trim()}). Ask about fewer frames or crops, dispose of other chats, close other pages, or use a smaller model.`,
    { cause },
  );
  failures.set(error, failure);
  return error;
}
