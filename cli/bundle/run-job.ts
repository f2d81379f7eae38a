// Does one job of `jobs.ts`: reads, encodes, writes, hashes. Runs in the threads, and in tests without any.

import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Molmo2Error } from '../../src/errors.ts';
import { shardFile } from '../../src/weights/bundle/bundle-plan.ts';
import { encodeRows } from '../../src/weights/formats/formats.ts';
import { openHub } from '../../src/weights/fetch/hub.ts';
import type { FileVersion } from '../../src/weights/fetch/hub-answer.ts';
import type { OnWait } from '../../src/weights/fetch/retry.ts';
import { checkFinite } from '../../src/weights/checkpoint/finite-values.ts';
import { floats } from '../../src/weights/checkpoint/safetensors.ts';
import { WriteError } from '../failure.ts';
import { fillPiece } from '../synth/fill.ts';
import type { InputPlace, InputRange, Job, JobPlaces, JobResult, OutputRange, Piece } from './jobs.ts';

/** Does jobs one after the other or several at once. */
export interface JobRunner {
  run(job: Job): Promise<JobResult>;
  close(): Promise<void>;
}

/** `onWait` is told why nothing happens for a while. */
export function openRunner(places: JobPlaces, onWait?: OnWait): JobRunner {
  const handles = new Map<string, Promise<FileHandle>>();
  const handle = (path: string, flags: string) => {
    const known = handles.get(path) ?? open(path, flags);
    handles.set(path, known);
    return known;
  };
  const shardPath = (shard: number) => join(places.folder, shardFile(shard));
  const input = places.input && openInput(places.input, handle, onWait);
  const memory = new Memory();

  async function read(range: InputRange, buffer: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    if (!input) throw new Error('there is nothing to read from');
    const bytes = await input(range, buffer);
    if (bytes.byteLength === range.end - range.start) return bytes;
    throw new Molmo2Error(
      'bad-checkpoint',
      `${range.file} ends at byte ${range.start + bytes.byteLength}, but its header lists tensors up to ${range.end} and more. Download the file again.`,
    );
  }

  async function write(range: OutputRange, bytes: Uint8Array): Promise<void> {
    const path = shardPath(range.shard);
    try {
      const file = await handle(path, 'r+');
      for (let done = 0; done < bytes.byteLength;) {
        const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, range.offset + done);
        done += bytesWritten;
      }
    } catch (cause) {
      throw new WriteError(path, cause);
    }
  }

  async function writePiece(piece: Piece, codes: Uint8Array, scales: Uint8Array): Promise<void> {
    await write(piece.codes, codes);
    if (piece.scales) await write(piece.scales, scales);
  }

  async function encode(job: Extract<Job, { kind: 'encode' }>): Promise<JobResult> {
    return memory.lend(job.input.end - job.input.start, async (buffer) => {
      const bytes = await read(job.input, buffer);
      // What lies in one place shows in the hash of its chunk. Scales fill theirs only when all of the tensor is done.
      const output = job.pieces.some(({ scales }) => scales) ? createHash('sha256') : null;
      for (const piece of job.pieces) {
        const values = floats(bytes.subarray(piece.start, piece.end), piece.dtype);
        checkFinite(values, { file: job.input.file, name: piece.name }, piece.firstElement);
        const { codes, scales } = named(piece.name, () =>
          encodeRows(piece.format, values, piece.rows, piece.columns),
        );
        await writePiece(piece, codes, scales);
        output?.update(codes).update(scales);
      }
      return { input: job.digest ? sha256(bytes) : null, output: output?.digest('hex') ?? null };
    });
  }

  async function hash(ranges: readonly OutputRange[]): Promise<JobResult> {
    const output = createHash('sha256');
    for (const { shard, offset, length } of ranges)
      await memory.lend(length, async (buffer) => {
        output.update(await readFully(await handle(shardPath(shard), 'r+'), offset, buffer));
      });
    return { input: null, output: output.digest('hex') };
  }

  return {
    async run(job) {
      switch (job.kind) {
        case 'encode':
          return encode(job);
        case 'digest':
          return memory.lend(job.input.end - job.input.start, async (buffer) => ({
            input: sha256(await read(job.input, buffer)),
            output: null,
          }));
        case 'fill':
          for (const piece of job.pieces) {
            const { codes, scales } = fillPiece(piece, job.seed);
            await writePiece(piece, codes, scales);
          }
          return { input: null, output: null };
        case 'hash':
          return hash(job.ranges);
      }
    },
    async close() {
      const open = await Promise.allSettled(handles.values());
      for (const file of open) if (file.status === 'fulfilled') await file.value.close();
    },
  };
}

type ReadInput = (range: InputRange, buffer: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer>>;

function openInput(
  place: InputPlace,
  handle: (path: string, flags: string) => Promise<FileHandle>,
  onWait: OnWait,
): ReadInput {
  if (place.kind === 'hub') {
    const hub = openHub(place.address, {
      versions: new Map<string, FileVersion>(place.versions),
      policy: { onWait },
    });
    return ({ file, start, end }) => hub.readRange(file, start, end);
  }
  return async ({ file, start }, buffer) =>
    readFully(await handle(join(place.path, file), 'r'), start, buffer);
}

/** Fills `buffer`, or gives the part of it up to the end of the file. */
async function readFully(
  file: FileHandle,
  start: number,
  buffer: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  let done = 0;
  while (done < buffer.byteLength) {
    const { bytesRead } = await file.read(buffer, done, buffer.byteLength - done, start + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Says which tensor an error is about. */
function named<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Molmo2Error)) throw error;
    throw new Molmo2Error(error.code, `Tensor "${name}": ${error.message}`, { cause: error });
  }
}

/** Buffers that are used again, so that memory does not grow with the number of jobs. */
class Memory {
  readonly #free: Uint8Array<ArrayBuffer>[] = [];

  async lend<T>(byteLength: number, use: (bytes: Uint8Array<ArrayBuffer>) => Promise<T>): Promise<T> {
    const at = this.#free.findIndex((bytes) => bytes.byteLength >= byteLength);
    const [buffer = new Uint8Array(Math.max(byteLength, 8 * 1024 * 1024))] =
      at < 0 ? [] : this.#free.splice(at, 1);
    try {
      return await use(buffer.subarray(0, byteLength));
    } finally {
      this.#free.push(buffer);
    }
  }
}
